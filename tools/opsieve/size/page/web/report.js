// The page: what is chosen, and drawing it anew when that changes. The address keeps it, so that Back works.

const ROWS_AT_ONCE = window.innerWidth < 600 ? 25 : 50;

function start(data) {
  const roots = new Map();
  const root = () => {
    if (!roots.has(state.group)) roots.set(state.group, buildTree(data, state.group));
    return roots.get(state.group);
  };
  const state = {
    group: "kind", opened: null, measure: 0, changes: Boolean(data.before), area: "change", query: "", level: data.before ? "owner" : "inside",
    sort: null, shown: ROWS_AT_ONCE, only: new Set(),
  };
  const map = byId("map");
  let found = null;
  let looked = null;

  const label = (node) => {
    const path = node.level === "source" || (node.level === "owner" && /^[^\s<>()]+\/[^\s<>()]+\/[^\s<>()]+$/.test(node.name));
    return (path && node.name.split("/").pop()) || node.name;
  };
  const kindColour = (node) => {
    const neutral = node.level === "group" && state.group !== "kind" && !data.kinds.some(({ title }) => title === node.name);
    return neutral ? "neutral" : `kind-${data.kinds[node.kind]?.kind ?? "unattributed"}`;
  };
  const knownColour = (name) => (getComputedStyle(document.documentElement).getPropertyValue(`--${name}`) ? name : "kind-unattributed");
  const look = {
    label,
    nothing: "",
    value: (node) => (!state.changes ? node.size[state.measure] : state.area === "change" ? node.churn[state.measure] : Math.max(node.size[state.measure], node.before[state.measure])),
    colour: (node) => {
      if (!state.changes) return { name: knownColour(kindColour(node)), strength: node.index % 2 ? 0.72 : 0.88 };
      const status = statusOf(node, state.measure);
      const most = Math.max(node.size[state.measure], node.before[state.measure]);
      const part = most ? Math.abs(changeOf(node, state.measure)) / most : 0;
      return { name: status, status, strength: status === "new" || status === "gone" ? 1 : 0.45 + 0.55 * Math.sqrt(part) };
    },
    dim: (node) => Boolean(found && !found.lit.has(node)),
    figure: (node) => (state.changes ? changeText(changeOf(node, state.measure)) : sizeText(node.size[state.measure])),
    spoken: (node) => {
      const whole = state.opened.size[state.measure];
      const size = node.size[state.measure];
      const status = STATUSES[statusOf(node, state.measure)].title;
      const figures = state.changes ? `${status}, ${changeText(changeOf(node, state.measure))}, now ${sizeText(size)}` : `${sizeText(size)}, ${percentText(size, whole)} of ${state.opened.name}`;
      return `${node.name}, ${figures}${node.children ? "" : `, ${node.folded ? "several symbols" : "symbol"}`}`;
    },
  };

  function drawMap() {
    look.nothing = state.changes ? "Nothing in here changed." : "Nothing in here has bytes of this kind.";
    byId("map-title").textContent = `Treemap of ${state.opened.name}`;
    drawTreemap(map, state.opened, look, { open, look: lookAt, rest: () => byId("rows").focus() });
  }

  function rowsNow() {
    let rows;
    if (found) {
      rows = [...descendants(state.opened)].filter((node) => found.found.has(node));
      if (state.level !== "inside") rows = rows.filter((node) => node.level === state.level);
    } else if (state.level === "inside") rows = [...(state.opened.children ?? [])];
    else rows = [...descendants(state.opened)].filter((node) => node.level === state.level);
    if (state.changes) return rows;
    return rows.filter((node) => node.size[state.measure] > 0 || (found && exists(node.size)));
  }

  function drawRows() {
    let rows = rowsNow();
    const { measure, changes } = state;
    const statuses = byId("statuses");
    statuses.hidden = !changes;
    if (changes) {
      drawStatuses(statuses, rows);
      rows = rows.filter((node) => (state.only.size ? state.only.has(statusOf(node, measure)) : node.churn[measure] > 0 || statusOf(node, measure) !== "same"));
    }
    const columns = columnsFor(changes);
    if (!state.sort || !columns.includes(state.sort.column)) state.sort = { column: changes ? "change" : "size", falling: true };
    rows = sortRows(rows, state.sort, measure);
    const [one, many] = found || state.level === "inside" ? ["row", "rows"] : NOUNS[state.level];
    const named = found ? `Found in ${state.opened.name}` : `Inside ${state.opened.name}`;
    byId("caption").textContent = `${named}, sizes ${data.after.measures[measure].toLowerCase()}${changes ? ", and what changed" : ""}`;
    const least = Math.min(state.shown, rows.length);
    const some = least < rows.length ? `${least.toLocaleString("en")} of ` : "";
    const bytes = found ? ` with ${sizeText(found.bytes[measure])}${state.opened.parent ? "" : ` (${percentText(found.bytes[measure], root().size[measure])})`}` : "";
    byId("count").textContent = rows.length ? `${some}${countText(rows.length, one, many)}${bytes}` : found ? `Nothing has “${state.query}” in its name.` : changes ? "Nothing changed." : "Nothing here.";
    drawTable(
      byId("table"),
      { columns, rows, shown: state.shown, measure, changes, whole: state.opened.size[measure], sort: state.sort, opened: state.opened, kinds: data.kinds },
      { open, sort },
    );
    byId("found").hidden = !found;
    byId("found").textContent = found ? byId("count").textContent.replace(/^[\d,]+ of /, "") : "";
    const more = byId("more");
    more.hidden = least >= rows.length;
    more.textContent = `Show ${Math.min(ROWS_AT_ONCE, rows.length - least)} more`;
    return rows.length;
  }

  function drawStatuses(place, rows) {
    const counts = {};
    for (const node of rows) {
      const status = statusOf(node, state.measure);
      counts[status] = (counts[status] ?? 0) + 1;
    }
    const again = document.activeElement?.dataset.status;
    place.replaceChildren(
      ...Object.entries(STATUSES).map(([status, { mark, title }]) => {
        const pressed = state.only.has(status);
        return element("button", { type: "button", class: `chip ${status}`, "data-status": status, "aria-pressed": String(pressed), onclick: () => choose(status) },
          element("span", { "aria-hidden": "true" }, mark), ` ${title} ${(counts[status] ?? 0).toLocaleString("en")}`);
      }),
    );
    if (again) place.querySelector(`[data-status="${again}"]`)?.focus();
  }

  function choose(status) {
    if (!state.only.delete(status)) state.only.add(status);
    state.shown = ROWS_AT_ONCE;
    say(`${drawRows()} rows`);
  }

  function lookAt(node) {
    looked = node;
    drawDetails(byId("details"), node, data, state.changes, root());
  }

  function draw() {
    found = search(state.opened, state.query);
    drawFigures(byId("figures"), data, state.measure);
    drawTrail(byId("trail"), state.opened, open);
    drawLegend(byId("legend"), root(), { ...state, colour: look.colour }, open);
    drawMap();
    lookAt(looked && pathOf(looked)[0] === root() ? looked : state.opened);
    const count = drawRows();
    const field = byId("area-field");
    if (field) field.hidden = !state.changes;
    return count;
  }

  function say(text) {
    byId("status").textContent = text;
  }

  function announce(count) {
    const { opened, measure, changes } = state;
    const figures = changes ? `${changeText(changeOf(opened, measure))}, now ${sizeText(opened.size[measure])}` : sizeText(opened.size[measure]);
    say(state.query ? `${countText(count, "row", "rows")} with ${state.query}` : `${opened.name}, ${figures}, ${countText(count, "row", "rows")}`);
  }

  // Where the keyboard was in the treemap it stays there: on what one came out of, else on the first tile.
  function show(node, from = null) {
    const inMap = map.contains(document.activeElement);
    const inwards = pathOf(node).includes(state.opened);
    const box = [...map.querySelectorAll("button")].find((tile) => pathOf(node).includes(tile.node) && tile.node !== state.opened)?.getBoundingClientRect();
    const inTable = byId("table").contains(document.activeElement) || byId("trail").contains(document.activeElement);
    state.opened = node;
    state.shown = ROWS_AT_ONCE;
    looked = node;
    const count = draw();
    if (inMap) ([...map.querySelectorAll("button")].find((tile) => tile.node === from) ?? map.querySelector("button"))?.focus();
    else if (inTable) byId("rows").focus({ preventScroll: true });
    animateZoom(map, box ?? (inwards ? null : map.getBoundingClientRect()), inwards);
    announce(count);
    keep();
  }

  function open(node) {
    if (node.children) {
      show(inward(node));
      return;
    }
    if (state.opened !== node.parent) show(node.parent);
    lookAt(node);
    const tile = [...map.querySelectorAll("button")].find((other) => other.node === node);
    for (const other of map.querySelectorAll(".picked")) other.classList.remove("picked");
    tile?.classList.add("picked");
    say(look.spoken(node));
  }

  function back() {
    const outer = outward(state.opened);
    if (!outer) return;
    let from = state.opened;
    while (from.parent !== outer) from = from.parent;
    show(outer, from);
  }

  function sort(column) {
    const text = COLUMNS[column].text;
    state.sort = state.sort.column === column ? { column, falling: !state.sort.falling } : { column, falling: !text };
    state.shown = ROWS_AT_ONCE;
    drawRows();
    byId("table").querySelector(`[data-column="${column}"]`).focus();
    say(`Sorted by ${COLUMNS[column].title}, ${state.sort.falling ? "descending" : "ascending"}`);
  }

  // ----- the address -----
  function address() {
    const words = new URLSearchParams();
    const at = pathOf(state.opened).slice(1).map((node) => node.index).join(".");
    if (at) words.set("at", at);
    if (state.group !== "kind") words.set("group", state.group);
    if (state.measure) words.set("bytes", "loaded");
    if (data.before && !state.changes) words.set("view", "sizes");
    if (state.query) words.set("find", state.query);
    return words.toString();
  }

  function keep() {
    const now = address();
    if (now !== location.hash.slice(1)) location.hash = now;
  }

  function restore() {
    const words = new URLSearchParams(location.hash.slice(1));
    const group = words.get("group");
    state.group = ["models", "ops", "dtypes"].includes(group) ? group : "kind";
    state.measure = words.get("bytes") === "loaded" ? 1 : 0;
    state.changes = Boolean(data.before) && words.get("view") !== "sizes";
    state.query = words.get("find") ?? "";
    let node = root();
    for (const index of (words.get("at") ?? "").split(".")) {
      if (index !== "" && node.children?.[Number(index)]?.children) node = node.children[Number(index)];
    }
    state.opened = node;
    byId("search").value = state.query;
    byId("level").value = state.level;
    byId("group").value = state.group;
    for (const input of document.querySelectorAll("input[type=radio]")) {
      input.checked = input.name === "measure" ? Number(input.value) === state.measure : (input.value === "changes") === state.changes;
    }
  }

  // ----- controls -----
  function later(milliseconds, task) {
    let timer = 0;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(task, milliseconds);
    };
  }

  const searched = later(150, () => {
    state.query = byId("search").value.trim();
    state.shown = ROWS_AT_ONCE;
    announce(draw());
    keep();
  });
  byId("search").addEventListener("input", searched);
  byId("search").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.value) {
      event.target.value = "";
      event.preventDefault();
      searched();
    }
  });
  for (const input of document.querySelectorAll("input[type=radio]")) {
    input.addEventListener("change", () => {
      if (input.name === "measure") state.measure = Number(input.value);
      else state.changes = input.value === "changes";
      announce(draw());
      keep();
    });
  }
  byId("area")?.addEventListener("change", (event) => {
    state.area = event.target.value;
    drawMap();
  });
  byId("group").addEventListener("change", (event) => {
    state.group = event.target.value;
    looked = null;
    show(root());
  });
  byId("level").addEventListener("change", (event) => {
    state.level = event.target.value;
    state.shown = ROWS_AT_ONCE;
    announce(drawRows());
  });
  byId("found").addEventListener("click", () => byId("rows").focus());
  byId("more").addEventListener("click", () => {
    const from = state.shown;
    state.shown += ROWS_AT_ONCE;
    drawRows();
    byId("table").tBodies[0].rows[from]?.querySelector("button").focus();
  });
  treemapKeys(map, { back });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !event.target.matches?.("input, select")) back();
  });
  map.addEventListener("pointerleave", () => lookAt(state.opened));
  new ResizeObserver(later(100, () => {
    if (!map.contains(document.activeElement)) drawMap();
  })).observe(map);
  window.addEventListener("hashchange", () => {
    if (location.hash.slice(1) === address()) return;
    restore();
    looked = null;
    announce(draw());
  });

  byId("evidence").textContent = data.before ? `compared with ${data.before.name}` : data.after.evidence.join(", ");
  drawNotes(byId("notes"), data);
  byId("report").hidden = false;
  restore();
  draw();
}

function startTheme() {
  const button = byId("theme");
  const names = ["system", "light", "dark"];
  const kept = () => {
    try {
      return localStorage.getItem("opsieve-theme");
    } catch {
      return null; // a page from a file may have no storage
    }
  };
  const apply = (name) => {
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    button.textContent = `Theme: ${name}`;
    button.value = name;
  };
  button.addEventListener("click", () => {
    const next = names[(names.indexOf(button.value) + 1) % names.length];
    apply(next);
    try {
      localStorage.setItem("opsieve-theme", next);
    } catch {
      // It is only forgotten.
    }
  });
  apply(names.includes(kept()) ? kept() : "system");
  button.hidden = false;
}

startTheme();
readData(byId("data").textContent).then(start).catch((error) => {
  byId("failed").hidden = false;
  throw error;
});
