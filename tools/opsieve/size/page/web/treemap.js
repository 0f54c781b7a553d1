// The treemap: what is inside the opened node, and what is inside that. d3-hierarchy says where; each tile is a button.

const HEADER = 21;
const MOST_CHILDREN = 250;
const LEAST_PIXELS = 4;

// ``look``: value(node) its area, colour(node) {name, strength, status}, label(node), dim(node).
function drawTreemap(container, opened, look, actions) {
  const width = container.clientWidth;
  const height = container.clientHeight;
  container.replaceChildren();
  if (!width || !height) return;
  const layout = d3
    .treemap()
    .size([width, height])
    .round(true)
    .paddingInner(2)
    .paddingOuter((place) => (place.depth === 1 && place.children ? 3 : 0))
    .paddingTop((place) => (hasHeader(place) ? HEADER : place.depth === 1 && place.children ? 3 : 0));
  const shown = d3.hierarchy(largest(opened, look, 0), (entry) => entry.children).sum((entry) => entry.value);
  layout(shown);
  for (const place of shown.descendants()) {
    if (place.depth) drawTile(container, place, look, actions, width, height);
  }
  if (!container.children.length) {
    container.append(element("p", { class: "nothing" }, look.nothing));
    return;
  }
  (container.querySelector("button") ?? container).tabIndex = 0;
}

function hasHeader(place) {
  return place.depth === 1 && place.children && place.x1 - place.x0 > 44 && place.y1 - place.y0 > 2 * HEADER;
}

// The entries that d3 lays out: two levels, the largest of each, and one tile for all the others.
function largest(node, look, depth) {
  const inside = depth < 2 && node.children;
  if (!inside) return { node, value: look.value(node) };
  const order = node.children.filter((child) => look.value(child) > 0).sort((one, other) => look.value(other) - look.value(one));
  const children = order.slice(0, MOST_CHILDREN).map((child) => largest(child, look, depth + 1));
  const rest = order.slice(MOST_CHILDREN);
  if (rest.length) {
    const value = rest.reduce((sum, child) => sum + look.value(child), 0);
    children.push({ node, rest, value });
  }
  // d3 adds up the values of leaves.
  return children.length ? { node, children, value: 0 } : { node, value: look.value(node) };
}

function drawTile(container, place, look, actions, width, height) {
  const { node, rest } = place.data;
  const wide = place.x1 - place.x0;
  const high = place.y1 - place.y0;
  if (wide < LEAST_PIXELS || high < LEAST_PIXELS) return;
  const frame = Boolean(place.children);
  const label = rest ? `${countText(rest.length, "more", "more")}, in the table` : look.label(node);
  const colour = look.colour(node);
  const classes = [frame ? "frame" : "tile", look.dim(node) ? "dim" : "", colour.status ?? ""];
  if (wide < 40 || high < 17) classes.push("tiny");
  if (wide < (frame ? 84 + 7.5 * label.length : 76)) classes.push("narrow");
  if (frame && !hasHeader(place)) classes.push("bare");
  const tile = element(
    "button",
    { type: "button", class: classes.join(" "), tabindex: "-1", "aria-label": rest ? `${label}, ${sizeText(place.value)}` : look.spoken(node) },
    element("span", { class: "tile-name" }, label.replace(/[_/:,<]+/g, "$&\u200b")),
    frame || (high >= 36 && wide >= 60) ? element("span", { class: "tile-size" }, rest ? sizeText(place.value) : look.figure(node)) : null,
  );
  // In parts of the whole, so that it prints in any width.
  tile.style.left = `${(100 * place.x0) / width}%`;
  tile.style.top = `${(100 * place.y0) / height}%`;
  tile.style.width = `${(100 * wide) / width}%`;
  tile.style.height = `${(100 * high) / height}%`;
  if (!frame) tile.style.setProperty("--lines", Math.max(1, Math.floor((high - 22) / 15)));
  tile.style.setProperty("--tile", `var(--${colour.name})`);
  tile.style.setProperty("--strength", `${Math.round(100 * colour.strength)}%`);
  tile.node = node;
  tile.addEventListener("click", () => (rest ? actions.rest() : actions.open(node)));
  tile.addEventListener("focus", () => {
    for (const other of container.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    tile.tabIndex = 0;
    actions.look(node);
  });
  tile.addEventListener("pointerenter", () => actions.look(node));
  container.append(tile);
}

// The new content grows out of the tile that was opened (``from``: its box), or shrinks into its place.
function animateZoom(container, from, inwards) {
  if (!from || !container.animate || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const whole = container.getBoundingClientRect();
  const x = (from.left - whole.left) / whole.width;
  const y = (from.top - whole.top) / whole.height;
  const wide = from.width / whole.width;
  const high = from.height / whole.height;
  const percent = (part) => `${(100 * part).toFixed(2)}%`;
  const small = `inset(${percent(y)} ${percent(1 - x - wide)} ${percent(1 - y - high)} ${percent(x)})`;
  const frames = inwards ? [{ clipPath: small, opacity: 0.5 }, { clipPath: "inset(0)", opacity: 1 }] : [{ opacity: 0.4 }, { opacity: 1 }];
  container.animate(frames, { duration: inwards ? 220 : 160, easing: "ease-out" });
}

function treemapKeys(container, actions) {
  container.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const tiles = [...container.querySelectorAll("button")];
    const from = document.activeElement;
    if (!tiles.includes(from)) return;
    let to = null;
    if (event.key.startsWith("Arrow")) to = nearest(tiles, from, event.key.slice(5));
    else if (event.key === "Home") to = tiles[0];
    else if (event.key === "End") to = tiles[tiles.length - 1];
    else if (event.key === "Escape" || event.key === "Backspace") actions.back();
    else return;
    event.preventDefault();
    to?.focus();
  });
}

// The tile that lies nearest in that direction; of a frame, its header is meant, where its own text stands.
function nearest(tiles, from, direction) {
  const spot = (tile) => {
    const box = tile.getBoundingClientRect();
    const high = tile.classList.contains("frame") ? Math.min(HEADER, box.height) : box.height;
    return { left: box.left, right: box.right, top: box.top, bottom: box.top + high };
  };
  const across = direction === "Left" || direction === "Right";
  const forward = direction === "Right" || direction === "Down";
  const [start, end, low, far] = across ? ["left", "right", "top", "bottom"] : ["top", "bottom", "left", "right"];
  const here = spot(from);
  let best = null;
  let least = Infinity;
  for (const tile of tiles) {
    if (tile === from) continue;
    const there = spot(tile);
    const along = forward ? there[start] - here[end] : here[start] - there[end];
    if (along < -3) continue;
    const aside = Math.max(there[low] - here[far], here[low] - there[far], 0);
    const middle = Math.abs(there[low] + there[far] - here[low] - here[far]) / 2;
    const distance = Math.max(along, 0) + 4 * aside + middle / 100;
    if (distance < least) [best, least] = [tile, distance];
  }
  return best;
}
