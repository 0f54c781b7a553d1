// Numbers and elements. Every text goes in as a text node, so that no name can be markup.

const MINUS = "−";

function sizeText(bytes) {
  const sign = bytes < 0 ? MINUS : "";
  let value = Math.abs(bytes);
  if (value < 1023.95) return `${sign}${value} B`;
  for (const unit of ["KiB", "MiB", "GiB"]) {
    value /= 1024;
    if (value < 1023.95 || unit === "GiB") return `${sign}${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;
  }
}

function exactText(bytes) {
  return `${bytes < 0 ? MINUS : ""}${Math.abs(bytes).toLocaleString("en")} bytes`;
}

function changeText(bytes) {
  return bytes > 0 ? `+${sizeText(bytes)}` : sizeText(bytes);
}

function percentText(part, whole, signed = false) {
  if (!whole) return "";
  const percent = (100 * part) / whole;
  const size = Math.abs(percent);
  const digits = size > 0 && size < 0.05 ? "<0.1" : size.toFixed(size < 99.95 ? 1 : 0);
  return `${percent < 0 ? MINUS : signed && percent > 0 ? "+" : ""}${digits} %`;
}

function countText(count, one, many) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function byId(id) {
  return document.getElementById(id);
}
