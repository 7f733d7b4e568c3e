"use strict";
// Pictures tell what is under the pointer; the table of classes is sorted and filtered. All texts are set as text.
const MOST_ROWS = 500; // Rows of the table at once: more make a phone slow, and nobody reads them.

function triangle(text) { // Rounded cosines of the pairs i < j, row by row.
  return text && new Int16Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
}

// What each kind of picture tells about a place (x, y) of its axes: a text, and where its ring stands.
const TELL = {
  distances(data, x) {
    const rank = Math.round(x), row = data.classes[rank - 1];
    return row && { text: `class ${row[0]}\n${row[1]}, number ${rank} from the worst\nnearest class ${row[2]}, cosine ${row[3]}`, x: rank, y: Number(row[1]) };
  },
  angles(data, x) {
    const width = 180 / data.angles.length, bin = Math.floor(x / width);
    return bin in data.angles && { text: `${bin * width}° to ${(bin + 1) * width}°: ${data.angles[bin]} pairs` };
  },
  spectrum(data, x) {
    const at = Math.round(x) - 1;
    return at in data.energies && { text: `direction ${at + 1}: ${data.energies[at].toFixed(4)} times the mean` };
  },
  cosines(data, x, y) {
    const [row, column] = [Math.round(y), Math.round(x)], [i, j] = row < column ? [row, column] : [column, row], n = data.names.length;
    if (i === j || i < 0 || j >= n) return null;
    const cosine = data.pairs[i * n - i * (i + 1) / 2 + j - i - 1] / 32767;
    return { text: `${data.names[row]} and ${data.names[column]}\ncosine ${cosine.toFixed(4)}, ${(Math.acos(cosine) * 180 / Math.PI).toFixed(2)}°` };
  },
};

function hover(plot, data) {
  const svg = plot.querySelector("svg"), [left, top, right, bottom, x0, x1, y0, y1] = plot.dataset.box.split(" ").map(Number);
  const made = name => { const node = document.createElement("div"); node.className = name; node.hidden = true; plot.append(node); return node; };
  const tip = made("tip"), ring = made("ring");
  const move = event => {
    const box = svg.getBoundingClientRect(), own = plot.getBoundingClientRect();
    const across = (event.clientX - box.left) / box.width, down = (event.clientY - box.top) / box.height;
    const inside = across >= left && across <= right && down >= top && down <= bottom;
    const told = inside && TELL[plot.dataset.kind](data, x0 + (across - left) / (right - left) * (x1 - x0), y1 + (down - top) / (bottom - top) * (y0 - y1));
    tip.hidden = !told; ring.hidden = !told || told.y === undefined;
    if (!told) return;
    tip.textContent = told.text;
    const x = event.clientX - own.left, y = event.clientY - own.top;
    tip.style.left = `${Math.max(0, Math.min(x + 14, own.width - tip.offsetWidth))}px`;
    tip.style.top = `${y + 16 + tip.offsetHeight > own.height ? y - tip.offsetHeight - 10 : y + 16}px`;
    ring.style.left = `${box.left - own.left + box.width * (left + (told.x - x0) / (x1 - x0) * (right - left))}px`;
    ring.style.top = `${box.top - own.top + box.height * (top + (y1 - told.y) / (y1 - y0) * (bottom - top))}px`;
  };
  plot.onpointermove = plot.onpointerdown = move;
  plot.onpointerleave = () => { tip.hidden = ring.hidden = true; };
}

function table(card, rows) {
  const body = card.querySelector("tbody"), heads = [...card.querySelectorAll("thead th")], find = card.querySelector("input"), count = card.querySelector("[role=status]");
  let column = 1, sign = 1;
  const numeric = [0, 1, 2, 3, 4].map(at => rows.every(row => row[at] !== "" && Number.isFinite(Number(row[at]))));
  function draw() {
    const word = find.value.toLowerCase(), kept = rows.filter(row => row[0].toLowerCase().includes(word) || row[2].toLowerCase().includes(word));
    kept.sort((a, b) => sign * (numeric[column] ? a[column] - b[column] : a[column].localeCompare(b[column])));
    body.replaceChildren(...kept.slice(0, MOST_ROWS).map(row => {
      const line = document.createElement("tr");
      row.forEach((text, at) => { const cell = line.insertCell(); cell.textContent = at === 4 ? `${text}°` : text; cell.className = heads[at].className; });
      return line;
    }));
    count.textContent = `${kept.length} of ${rows.length} classes` + (kept.length > MOST_ROWS ? `, the first ${MOST_ROWS} shown` : "");
    heads.forEach((head, at) => at === column ? head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending") : head.removeAttribute("aria-sort"));
  }
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button"; button.textContent = head.textContent; button.title = "sort";
    button.onclick = () => { sign = at === column ? -sign : 1; column = at; draw(); };
    head.replaceChildren(button);
  });
  find.oninput = draw;
  card.querySelector(".tools").hidden = false;
  draw();
}

document.querySelectorAll("section").forEach((section, at) => {
  const source = document.getElementById(`data-${at + 1}`);
  if (!source) return;
  const data = JSON.parse(source.textContent);
  data.pairs = triangle(data.pairs);
  for (const plot of section.querySelectorAll(".plot")) if (TELL[plot.dataset.kind] && (plot.dataset.kind !== "cosines" || data.pairs)) hover(plot, data);
  table(document.getElementById(`classes-${at + 1}`), data.classes);
});
