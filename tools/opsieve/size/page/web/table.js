// The table: the same numbers as the treemap, for reading, sorting and searching.

const COLUMNS = {
  name: { title: "Name", text: true, key: (node) => node.name.toLowerCase() },
  what: { title: "What", text: true, key: (node) => node.level },
  uses: { title: "Serves", text: true, key: (node) => servesText(node) },
  before: { title: "Before", key: (node, measure) => node.before[measure] },
  size: { title: "Size", key: (node, measure) => node.size[measure] },
  after: { title: "After", key: (node, measure) => node.size[measure] },
  change: { title: "Change", key: (node, measure) => changeOf(node, measure), magnitude: true },
  share: { title: "Share", key: (node, measure) => node.size[measure] },
  status: { title: "Status", text: true, key: (node, measure) => statusOf(node, measure) },
};

function columnsFor(changes) {
  return changes ? ["name", "what", "before", "after", "change", "status"] : ["name", "what", "uses", "size", "share"];
}

function servesText(node) {
  if (!node.facts) return "";
  const { ops, dtypes, models } = node.facts;
  return [ops, dtypes.map((dtype) => dtype.replace(/^DT_/, "").toLowerCase()), models].filter((names) => names.length).map((names) => names.join(", ")).join(" · ");
}

function sortRows(rows, sort, measure) {
  const { key, text, magnitude } = COLUMNS[sort.column];
  const of = (node) => (magnitude ? Math.abs(key(node, measure)) : key(node, measure));
  const keyed = rows.map((node) => [of(node), node]);
  const sign = sort.falling ? -1 : 1;
  keyed.sort((one, other) => {
    const order = text ? (one[0] < other[0] ? -1 : one[0] > other[0] ? 1 : 0) : one[0] - other[0];
    return sign * order || other[1].size[measure] - one[1].size[measure];
  });
  return keyed.map(([, node]) => node);
}

// ``state``: columns, rows (sorted), shown (how many), measure, whole (what the shares are of), sort, opened, kinds.
function drawTable(table, state, actions) {
  const head = element("tr");
  for (const name of state.columns) {
    const { title, text } = COLUMNS[name];
    const sorted = state.sort.column === name;
    const button = element("button", { type: "button", "data-column": name, onclick: () => actions.sort(name) }, title);
    if (sorted) button.append(element("span", { "aria-hidden": "true" }, state.sort.falling ? " ↓" : " ↑"));
    const order = sorted ? (state.sort.falling ? "descending" : "ascending") : undefined;
    head.append(element("th", { scope: "col", class: `${text ? "" : "number "}column-${name}`, "aria-sort": order }, button));
  }
  table.tHead.replaceChildren(head);
  table.tBodies[0].replaceChildren(...state.rows.slice(0, state.shown).map((node) => tableRow(node, state, actions)));
}

function tableRow(node, state, actions) {
  const { measure } = state;
  const status = statusOf(node, measure);
  const row = element("tr", { class: state.changes ? status : "" });
  for (const name of state.columns) {
    if (name === "name") row.append(nameCell(node, state, actions));
    else if (name === "what") row.append(element("td", { class: "column-what" }, whatText(node, state)));
    else if (name === "uses") row.append(element("td", { class: "column-uses" }, element("span", { class: "name" }, servesText(node))));
    else if (name === "share") row.append(shareCell(node.size[measure], state.whole));
    else if (name === "change") row.append(changeCell(node, measure, status));
    else if (name === "status") row.append(element("td", { class: "column-status" }, element("span", { class: `mark ${status}` }, STATUSES[status].title)));
    else {
      const bytes = name === "before" ? node.before[measure] : node.size[measure];
      row.append(element("td", { class: `number column-${name}`, title: exactText(bytes) }, sizeText(bytes)));
    }
  }
  return row;
}

function nameCell(node, state, actions) {
  const title = node.children ? `Open ${node.name}` : `Show ${node.name}`;
  const cell = element("th", { scope: "row", class: "column-name" });
  const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
  swatch.style.setProperty("--tile", `var(--kind-${state.kinds[node.kind]?.kind ?? "unattributed"})`);
  cell.append(element("button", { type: "button", class: "open", title, onclick: () => actions.open(node) }, swatch, element("span", { class: "name" }, node.name)));
  if (node.parent !== state.opened) {
    const where = pathOf(node.parent).slice(1).map((at) => at.name);
    cell.append(element("span", { class: "where name" }, where.join(" › ")));
  }
  return cell;
}

function whatText(node, state) {
  if (node.level === "owner") return state.kinds[node.kind]?.title ?? "";
  if (node.level === "group") return countText(node.children.length, "owner", "owners");
  if (node.level === "source") return countText(node.children.length, "symbol", "symbols");
  return node.section;
}

function shareCell(bytes, whole) {
  const bar = element("span", { class: "bar", "aria-hidden": "true" }, element("span"));
  bar.firstChild.style.width = `${whole ? (100 * bytes) / whole : 0}%`;
  return element("td", { class: "number column-share" }, percentText(bytes, whole), bar);
}

function changeCell(node, measure, status) {
  const change = changeOf(node, measure);
  const percent = status === "grew" || status === "shrank" ? percentText(change, node.before[measure], true) : status === "same" ? "" : STATUSES[status].title;
  const cell = element("td", { class: `number column-change change ${change > 0 ? "up" : change < 0 ? "down" : ""}`, title: exactText(change) }, changeText(change));
  if (percent) cell.append(element("span", { class: "percent" }, ` ${percent}`));
  return cell;
}
