/* What all parts of the page use. */
"use strict";
const DATA = JSON.parse(document.getElementById("data").textContent);
const CAUSES = {
  useful: ["Useful work", "Multipliers, or lanes of VECTOR, that work for the network."],
  edge_tiles: ["Edge tiles", "Width that last tiles, last chunks of channels and last lane groups leave unused; pixels streamed but not used."],
  narrow_channels: ["Narrow channels", "Width that the layer has too few channels for, however it is cut."],
  weights: ["Weights not ready", "Waiting for weights, or for a table, to load."],
  bank: ["Bank conflict", "Another reader had the scratchpad bank."],
  dependency: ["Dependency", "Waiting for a command that has not issued all of its work yet."],
  fill_drain: ["Fill and drain", "Waiting for issued work to come out of a pipeline; a command's first address."],
  no_command: ["No command", "Nothing to do: the program has no work for the engine here, or it is still being fetched."],
};
const LEVELS = {
  scratchpad_read: "scratchpad, read", scratchpad_written: "scratchpad, written", weights_read: "weight memory, read",
  parameters_read: "parameter memory, read", accumulators_read: "accumulators, read", accumulators_written: "accumulators, written",
};
const state = { run: 0, lostEngine: null, lostMode: "cycles", level: "weights_read", scaleEngine: null, layer: null };
const byId = (id) => document.getElementById(id);
const whole = (value) => Math.round(value).toLocaleString("en");
const percent = (value) => (100 * value).toFixed(value < 0.0995 ? 1 : 0) + " %";
const sum = (values) => values.reduce((a, b) => a + b, 0);
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

/* Layers are numbered; a name is shown if a person can have given it, and otherwise the operator. */
const title = (layer) => `${layer.number} ${layer.name.length <= 18 && !/[;/]/.test(layer.name) ? layer.name : layer.op}`;

function scaled(value) {
  for (const [size, unit] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]])
    if (value >= size) return (value / size).toPrecision(3) + " " + unit;
  return value >= 100 ? value.toFixed(0) + " " : value.toPrecision(3) + " ";
}

function element(tag, attributes = {}, text = null, parent = null) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== null) made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

function shape(parent, tag, attributes = {}, text = null) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== null) made.textContent = text;
  parent.append(made);
  return made;
}

function tip(event, text) {
  const box = byId("tip");
  if (!text) { box.style.display = "none"; return; }
  box.textContent = text;
  box.style.display = "block";
  const width = box.offsetWidth, height = box.offsetHeight;
  box.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 8)) + "px";
  box.style.top = (event.clientY + 18 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 18) + "px";
}

function explain(target, text) {
  target.addEventListener("pointermove", (event) => tip(event, text));
  target.addEventListener("pointerleave", (event) => tip(event, null));
}

function choice(id, options, selected, choose) {
  const parent = byId(id);
  parent.replaceChildren();
  for (const [value, label] of options) {
    const button = element("button", { type: "button", "aria-pressed": value === selected }, label, parent);
    button.addEventListener("click", () => { choose(value); draw(); });
  }
}

function layerColour(index, count) {
  const dark = document.documentElement.dataset.theme === "dark";
  const hue = (index * 137.508 + 205) % 360;
  return `hsl(${hue} ${dark ? 42 : 48}% ${(dark ? 52 : 56) + (index % 2) * 8}%)`;
}
