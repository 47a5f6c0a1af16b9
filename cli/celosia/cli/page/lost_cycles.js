/* Where the cycles went */
function bar(parent, name, values, longest, label, kind = "", full = name) {
  const row = element("div", { class: "bar " + kind }, null, parent);
  element("div", { class: "name", title: full }, name, row);
  const track = element("div", { class: "track" }, null, row), total = sum(values);
  values.forEach((value, index) => {
    if (value <= 0) return;
    const cause = DATA.causes[index];
    const piece = element("div", { "data-cause": cause, style: `width:${(100 * value) / longest}%;background:var(--${cause})` }, null, track);
    explain(piece, `${name}\n${CAUSES[cause][0]}: ${whole(value)} cycles, ${percent(value / total)} of its time`);
  });
  element("div", { class: "value" }, label, row);
}

function drawLost(run) {
  if (!run.engines.includes(state.lostEngine)) state.lostEngine = run.engines[0];
  const engine = state.lostEngine, parent = byId("lost"), legend = byId("lostlegend");
  choice("lostengine", run.engines.map((name) => [name, name]), engine, (value) => { state.lostEngine = value; });
  choice("lostmode", [["cycles", "cycles"], ["share", "share of each layer"]], state.lostMode, (value) => { state.lostMode = value; });
  const rows = run.layers.filter((layer) => sum(layer.accounts[engine]) > 0);
  const totals = DATA.causes.map((_, i) => run.after[engine][i] + sum(rows.map((layer) => layer.accounts[engine][i])));
  parent.replaceChildren();
  legend.replaceChildren();
  DATA.causes.forEach((cause, i) => {
    if (!totals[i]) return;
    const item = element("span", {}, null, legend);
    element("i", { style: `background:var(--${cause})` }, null, item);
    item.append(`${CAUSES[cause][0]} ${percent(totals[i] / run.cycles)}`);
    item.addEventListener("pointerenter", (event) => {
      parent.classList.add("dim");
      for (const piece of parent.querySelectorAll(`[data-cause="${cause}"]`)) piece.classList.add("lit");
      tip(event, CAUSES[cause][1]);
    });
    item.addEventListener("pointerleave", (event) => {
      parent.classList.remove("dim");
      for (const piece of parent.querySelectorAll(".lit")) piece.classList.remove("lit");
      tip(event, null);
    });
  });
  bar(parent, "whole run", totals, run.cycles, whole(run.cycles), "total");
  const longest = Math.max(...rows.map((layer) => sum(layer.accounts[engine])), sum(run.after[engine]));
  const add = (name, values, full) => {
    const total = sum(values);
    if (total) bar(parent, name, values, state.lostMode === "share" ? total : longest, `${whole(total)}  ${percent(total / run.cycles)}`, "", full);
  };
  for (const layer of rows) add(title(layer), layer.accounts[engine], layer.name);
  add("after its last command", run.after[engine]);
}
