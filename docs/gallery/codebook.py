"""Points as a codebook of directions.

What a code costs in bits and what it loses: four codes of eight dimensions, each direction replaced by its nearest
point.
"""

from matplotlib.figure import Figure

from sphcode import codebook, construct

books = [codebook(construct(8, n_points).code()) for n_points in (16, 72, 128, 240)]
figure = Figure(figsize=(7.2, 3.0), layout="constrained", facecolor="none")
axes = figure.add_subplot(facecolor="none")
axes.plot(
    [book.bits_per_dimension for book in books], [book.mean_squared_error for book in books], "o-", color="#0072b2"
)
axes.set_xlabel("bits per dimension")
axes.set_ylabel("mean squared error")
for book in books:
    print(f"{book.n_points:4} points: {book.bits_per_dimension:.3f} bits, error {book.mean_squared_error:.3f}")
