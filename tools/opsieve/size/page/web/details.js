// What stands around the treemap: totals, legend, the path to what is open, facts of one thing, notes.

function drawFigures(list, data, measure) {
  const { after, before } = data;
  const figures = [];
  for (const [name, key, at] of [[after.measures[0], "file", 0], [after.measures[1], "loaded", 1]]) {
    const value = element("dd", { title: exactText(after[key]) }, sizeText(after[key]));
    if (before) {
      const change = after[key] - before[key];
      const percent = percentText(change, before[key], true);
      const word = change ? `${changeText(change)}${percent && ` (${percent})`}` : "no change";
      value.append(element("span", { class: `change ${change > 0 ? "up" : change < 0 ? "down" : ""}` }, word));
    }
    figures.push(element("div", { class: at === measure ? "chosen" : "" }, element("dt", {}, name), value));
  }
  list.replaceChildren(...figures);
}

function drawTrail(list, opened, open) {
  const path = pathOf(opened);
  list.replaceChildren(
    ...path.map((node) => {
      const name = element("span", { class: "name" }, node.name);
      if (node === opened) return element("li", {}, element("span", { "aria-current": "location" }, name));
      return element("li", {}, element("button", { type: "button", onclick: () => open(node) }, name));
    }),
  );
}

function drawLegend(list, root, state, open) {
  list.replaceChildren();
  if (state.changes) {
    for (const [status, { mark, title }] of Object.entries(STATUSES)) {
      if (status !== "same") list.append(element("li", {}, element("span", { class: `swatch tile ${status}`, "aria-hidden": "true" }, mark), title));
    }
    return;
  }
  const { measure } = state;
  const groups = root.children.filter((node) => node.size[measure] > 0).sort((one, other) => other.size[measure] - one.size[measure]);
  for (const node of groups.slice(0, 12)) {
    const swatch = element("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.setProperty("--tile", `var(--${state.colour(node).name})`);
    list.append(
      element("li", {}, element("button", { type: "button", onclick: () => open(node) }, swatch, element("span", { class: "name" }, node.name),
        element("span", { class: "figure" }, `${sizeText(node.size[measure])}`), element("span", { class: "figure share" }, percentText(node.size[measure], root.size[measure])))),
    );
  }
}

function drawDetails(place, node, data, changes, root) {
  const rows = [];
  const row = (title, ...values) => values.length && rows.push(element("div", {}, element("dt", {}, title), ...values.map((value) => element("dd", { class: "name" }, value))));
  for (const [measure, title] of data.after.measures.entries()) {
    const share = percentText(node.size[measure], root.size[measure]);
    row(title, `${sizeText(node.size[measure])}${share && `, ${share}`}`);
    if (changes) {
      const change = changeOf(node, measure);
      rows[rows.length - 1].append(element("dd", { class: `change ${change > 0 ? "up" : change < 0 ? "down" : ""}` }, `${changeText(change)} from ${sizeText(node.before[measure])}`));
    }
  }
  const owner = ownerOf(node);
  if (node.level === "symbol" && node.section) row(data.after.packaged ? "Folder" : "Section", node.section);
  if (node.level === "symbol" && !node.folded && node.count > 1) row("Places", `${node.count}, added up`);
  if (node.shared) row("Same code as", ...node.shared);
  if (node.level === "symbol" && !data.after.packaged) row("Source", node.parent.name);
  if (owner && node !== owner) row("Owner", owner.name);
  if (owner) {
    row("Kind", data.kinds[owner.kind].title);
    row("Ops", ...owner.facts.ops);
    row("Kernel classes", ...owner.facts.classes);
    row("Dtypes", ...owner.facts.dtypes);
    row("Models", ...owner.facts.models);
  }
  if (node.children) {
    const [one, many] = NOUNS[node.children[0]?.level ?? "symbol"];
    row("Inside", countText(node.children.length, one, many));
  }
  place.replaceChildren(element("p", { class: "name subject" }, node.name), element("dl", {}, ...rows));
}

function drawNotes(place, data) {
  const { after, before } = data;
  const say = (...children) => place.append(element("p", {}, ...children));
  const bits = [];
  if (after.evidence.length) bits.push(`Worked out from ${after.evidence.join(", ")}.`);
  bits.push(after.packaged
    ? "“In the package” is what is downloaded, compressed as it is; “Unpacked” is what the files are without the compression."
    : "“In the file” is what is stored and downloaded; “Loaded” is what lies in memory: zeros need no bytes in the file, and symbol tables are not loaded.");
  say(bits.join(" "));
  if (data.threshold) say(`The file has ${data.symbolCount.toLocaleString("en")} symbols. Those below ${sizeText(data.threshold)} are added up by their source, to keep this page small; every byte is still counted.`);
  if (before) {
    const then = new Map(before.build);
    const now = new Map(after.build);
    const names = [...new Set([...now.keys(), ...then.keys()])].filter((name) => now.get(name) !== then.get(name));
    if (names.length) {
      say("The two builds differ in:");
      place.append(element("dl", { class: "facts" }, ...names.map((name) => element("div", {}, element("dt", { class: "name" }, name),
        element("dd", {}, element("del", { class: "name" }, then.get(name) ?? "not said"), " → ", element("ins", { class: "name" }, now.get(name) ?? "not said"))))));
    } else if (after.build.length) say("The two builds say the same of themselves.");
  } else if (after.build.length) {
    place.append(element("dl", { class: "facts" }, ...after.build.map(([name, value]) => element("div", {}, element("dt", { class: "name" }, name), element("dd", { class: "name" }, value)))));
  }
  say(`Made by opsieve ${data.opsieve}. KiB is 1,024 bytes.`);
}
