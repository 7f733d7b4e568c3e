"""Numbers of "Generalized Neural Collapse for a Large Number of Classes" (arXiv 2310.05351) and of the code beside it.

All were read in the notebooks and CSV files of github.com/kongwanbianjinyu/Neural-Collapse-For-Large-Number-of-Classes
at commit 037dc06 (November 2023).
"""

#: The dashed lines named "Optimal" in its figures: minimum one-vs-rest distance at (dim, classes).
OPTIMAL_LINES = {
    (10, 100): 0.61416,
    (20, 100): 0.8124,
    (30, 100): 0.8886,
    (10, 200): 0.5052,
    (20, 200): 0.7211,
    (30, 200): 0.8053,
    (512, 1000): 0.9150,
    (512, 10_000): 0.79659,
    (2048, 10_000): 0.89832,
}

#: Minimum one-vs-rest distance (GNC2) after the last epoch: data, encoder, 1 / temperature or "", dim, classes, value.
TRAINED = [
    ("CIFAR100", "ResNet18", "5", 10, 100, 0.55299),
    ("CIFAR100", "ResNet18", "6", 10, 100, 0.58209),
    ("CIFAR100", "ResNet18", "7", 10, 100, 0.59072),
    ("CIFAR100", "ResNet18", "10", 10, 100, 0.57092),
    ("CIFAR100", "DenseNet121", "10", 10, 100, 0.57800),
    ("CIFAR100", "ResNeXt50", "10", 10, 100, 0.59034),
    ("CIFAR100", "ResNet18", "", 20, 100, 0.76357),
    ("CIFAR100", "ResNet50", "", 20, 100, 0.72697),
    ("CIFAR100", "ResNeXt50", "", 20, 100, 0.76562),
    ("CIFAR100", "ResNet18", "", 30, 100, 0.83170),
    ("Tiny-ImageNet", "ResNet18", "", 10, 200, 0.47274),
    ("Tiny-ImageNet", "DenseNet121", "", 10, 200, 0.45117),
    ("Tiny-ImageNet", "ResNeXt50", "", 10, 200, 0.48266),
    ("Tiny-ImageNet", "ResNet18", "", 20, 200, 0.58723),
    ("Tiny-ImageNet", "ResNet18", "", 30, 200, 0.67281),
    ("ImageNet (torchvision)", "ResNet18", "", 512, 1000, 0.4433),
    ("ImageNet (torchvision)", "ResNet34", "", 512, 1000, 0.4902),
    ("CBFace", "ResNet18", "50", 512, 10_000, 0.69515),
    ("CBFace", "DenseNet121", "50", 512, 10_000, 0.70434),
    ("CBFace", "ResNeXt50", "50", 512, 10_000, 0.71553),
    ("CBFace", "ResNet18", "20", 512, 10_000, 0.64106),
    ("CBFace", "ResNet18", "10", 512, 10_000, 0.39937),
    ("CBFace", "ResNet18", "", 2048, 10_000, 0.70294),
]

#: What a notebook prints for 162 points in 21 dimensions: its HardMax value, a distance after a change of sign.
PRINTED_AT_21_162 = 0.9924
