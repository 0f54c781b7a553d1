// The data of the page as a tree: library, group (kind of owner, model, op or dtype), owner, source, symbol.

async function readData(text) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

const NOUNS = {
  library: ["file", "files"],
  group: ["group", "groups"],
  owner: ["owner", "owners"],
  source: ["source", "sources"],
  symbol: ["symbol", "symbols"],
};

function buildTree(data, groupBy) {
  const { strings, owners, units, symbols } = data;
  const compared = data.before !== null;
  const root = makeNode("library", data.after.name, null);
  const groups = new Map();
  let unitAt = 0;
  let symbolAt = 0;
  for (let at = 0; at < owners.name.length; at++) {
    const facts = {};
    for (const column of ["ops", "classes", "dtypes", "models"]) facts[column] = listed(strings, owners[column][at]);
    const { key, title, kind } = groupOf(data, owners.kind[at], facts, groupBy);
    if (!groups.has(key)) groups.set(key, add(makeNode("group", title, root, kind)));
    const group = groups.get(key);
    const owner = add(makeNode("owner", nameOf(strings, owners, at, "owner"), group, owners.kind[at]));
    Object.assign(owner, { facts, folded: owners.name[at] < 0 });
    for (let unitEnd = unitAt + owners.units[at]; unitAt < unitEnd; unitAt++) {
      const source = add(makeNode("source", nameOf(strings, units, unitAt, "source"), owner, owner.kind));
      source.folded = units.name[unitAt] < 0;
      for (let end = symbolAt + units.symbols[unitAt]; symbolAt < end; symbolAt++) {
        const section = strings[symbols.section[symbolAt]];
        let name = nameOf(strings, symbols, symbolAt, "symbol");
        if (!name) name = section ? `${section}, no symbol` : "no symbol";
        const symbol = add(makeNode("symbol", name, source, owner.kind));
        Object.assign(symbol, { section, count: symbols.count[symbolAt], folded: symbols.name[symbolAt] < 0 });
        if (data.shared[symbolAt]) symbol.shared = listed(strings, data.shared[symbolAt]);
        symbol.size = [symbols.file[symbolAt], symbols.loaded[symbolAt]];
        symbol.before = compared ? [symbols.fileBefore[symbolAt], symbols.loadedBefore[symbolAt]] : [0, 0];
        symbol.churn = [0, 1].map((measure) => Math.abs(symbol.size[measure] - symbol.before[measure]));
        delete symbol.children;
      }
    }
  }
  addUp(root);
  return root;
}

function makeNode(level, name, parent, kind = -1) {
  return { level, name, parent, kind, children: [], size: [0, 0], before: [0, 0], churn: [0, 0] };
}

function add(node) {
  node.index = node.parent.children.push(node) - 1;
  return node;
}

function addUp(node) {
  for (const child of node.children ?? []) {
    addUp(child);
    for (const measure of [0, 1]) {
      node.size[measure] += child.size[measure];
      node.before[measure] += child.before[measure];
      node.churn[measure] += child.churn[measure];
    }
  }
}

function nameOf(strings, table, at, level) {
  return table.name[at] < 0 ? countText(table.count[at], `smaller ${NOUNS[level][0]}`, `smaller ${NOUNS[level][1]}`) : strings[table.name[at]];
}

function listed(strings, numbers) {
  return numbers.map((number) => (number < 0 ? `and ${-number} more` : strings[number]));
}

// What serves no single op (model, dtype) stays by its kind, so that nothing is hidden in a remainder.
function groupOf(data, kind, facts, groupBy) {
  if (groupBy === "kind") return { key: kind, title: data.kinds[kind].title, kind };
  const names = facts[groupBy];
  if (!names.length) return { key: `kind ${kind}`, title: data.kinds[kind].title, kind };
  const nouns = { models: "models", ops: "ops", dtypes: "dtypes" };
  if (names.length > 1 && groupBy !== "models") return { key: "several", title: `Several ${nouns[groupBy]}`, kind };
  return { key: `name ${names.join("\n")}`, title: names.join(" + "), kind };
}

function exists(sizes) {
  return sizes[0] > 0 || sizes[1] > 0;
}

const STATUSES = {
  grew: { mark: "▲", title: "grew" },
  shrank: { mark: "▼", title: "shrank" },
  new: { mark: "+", title: "new" },
  gone: { mark: "✕", title: "gone" },
  same: { mark: "=", title: "same size" },
};

function statusOf(node, measure) {
  if (exists(node.size) && !exists(node.before)) return "new";
  if (!exists(node.size) && exists(node.before)) return "gone";
  const change = changeOf(node, measure);
  return change > 0 ? "grew" : change < 0 ? "shrank" : "same";
}

function changeOf(node, measure) {
  return node.size[measure] - node.before[measure];
}

function pathOf(node) {
  const path = [];
  for (let at = node; at; at = at.parent) path.unshift(at);
  return path;
}

function ownerOf(node) {
  return pathOf(node).find((at) => at.level === "owner");
}

// A level with one thing in it (an owner with one source) is nothing to look at by itself.
function inward(node) {
  let at = node;
  while (at.children?.length === 1 && at.children[0].children) at = at.children[0];
  return at;
}

function outward(node) {
  let at = node.parent;
  while (at?.children.length === 1) at = at.parent;
  return at;
}

function* descendants(node) {
  for (const child of node.children ?? []) {
    yield child;
    yield* descendants(child);
  }
}

function searchText(node) {
  if (node.text === undefined) {
    const more = node.facts ? Object.values(node.facts).flat() : [];
    node.text = [node.name, ...more, ...(node.shared ?? [])].join("\n").toLowerCase();
  }
  return node.text;
}

// The nodes below ``root`` that have all words; and with them, what leads to them and what is in them.
function search(root, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return null;
  const found = new Set();
  const lit = new Set();
  const bytes = [0, 0];
  const visit = (node, within) => {
    const hit = node.level !== "library" && words.every((word) => searchText(node).includes(word));
    if (hit) found.add(node);
    if (hit && !within) {
      for (const measure of [0, 1]) bytes[measure] += node.size[measure];
      for (let at = node.parent; at && !lit.has(at); at = at.parent) lit.add(at);
    }
    if (hit || within) lit.add(node);
    for (const child of node.children ?? []) visit(child, hit || within);
  };
  visit(root, false);
  return { found, lit, bytes };
}
