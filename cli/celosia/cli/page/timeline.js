/* Timeline */
const LANE = 66, BAND = 34, TOP = 26, GUTTER = 104;
const view = { from: 0, to: 1, drag: null };

function prepareTimeline(run) {
  const c = run.commands, last = {};
  run.shares = c.start.map((_, i) => {
    const begin = last[c.engine[i]] || 0;
    last[c.engine[i]] = c.end[i];
    return begin;
  });
  run.lanes = run.engines.map(() => []);
  c.engine.forEach((engine, i) => run.lanes[engine] && run.lanes[engine].push(i));
}

function firstVisible(lane, ends, cycle) {
  let low = 0, high = lane.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[lane[middle]] < cycle) low = middle + 1; else high = middle;
  }
  return low;
}

function niceStep(span, count) {
  const rough = span / count, power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) || 10);
}

function drawTimeline(run) {
  const canvas = byId("timeline"), ratio = devicePixelRatio || 1;
  const width = canvas.clientWidth, height = TOP + LANE * run.engines.length + 4;
  canvas.style.height = height + "px";
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const g = canvas.getContext("2d");
  g.scale(ratio, ratio);
  g.clearRect(0, 0, width, height);
  g.font = "12px " + getComputedStyle(document.body).fontFamily;
  const scale = (width - GUTTER) / (view.to - view.from), x = (cycle) => GUTTER + (cycle - view.from) * scale;
  const text = css("text"), soft = css("soft"), line = css("line"), colours = {};
  for (const cause of Object.keys(CAUSES)) colours[cause] = css(cause);
  const step = niceStep(view.to - view.from, Math.max(2, width / 130));
  g.textAlign = "center";
  for (let cycle = Math.ceil(view.from / step) * step; cycle <= view.to; cycle += step) {
    g.fillStyle = line;
    g.fillRect(Math.round(x(cycle)), TOP - 6, 1, height - TOP + 6);
    g.fillStyle = soft;
    g.fillText(whole(cycle), Math.min(Math.max(x(cycle), GUTTER + 14), width - 30), 14);
  }
  const c = run.commands;
  const layerColours = run.layers.map((_, i) => layerColour(i));
  run.lanes.forEach((lane, engine) => {
    const top = TOP + engine * LANE + 6;
    g.save();
    g.beginPath();
    g.rect(GUTTER, 0, width - GUTTER, height);
    g.clip();
    const strip = (from, to, colour) => {
      if (to > from && to > view.from && from < view.to) {
        g.fillStyle = colour;
        g.fillRect(x(from), top + BAND + 5, (to - from) * scale, 9);
      }
    };
    for (let at = firstVisible(lane, c.end, view.from - 200); at < lane.length; at++) {
      const i = lane[at];
      if (run.shares[i] > view.to) break;
      const left = x(c.start[i]), long = (c.end[i] - c.start[i]) * scale;
      const lit = state.layer === null || state.layer === c.layer[i];
      g.globalAlpha = lit ? 1 : 0.16;
      g.fillStyle = layerColours[c.layer[i]];
      g.fillRect(left, top, long, BAND);
      const inside = c.end[i] - c.start[i], reload = inside ? c.reload[i] / inside : 0;
      const bank = inside ? Math.min(1 - reload, c.bank[i] / inside) : 0;
      g.fillStyle = colours.weights;
      g.fillRect(left, top + BAND * (1 - reload), long, BAND * reload);
      g.fillStyle = colours.bank;
      g.fillRect(left, top + BAND * (1 - reload - bank), long, BAND * bank);
      if (long > 6) {
        g.fillStyle = css("panel");
        g.fillRect(left + long - 0.7, top, 0.7, BAND);
      }
      g.fillStyle = layerColours[c.layer[i]];
      g.fillRect(x(c.end[i]), top - 3, (c.retired[i] - c.end[i]) * scale, 2);
      let cycle = run.shares[i];
      for (const [cycles, colour] of [[c.empty[i], colours.no_command], [c.dependency[i], colours.dependency], [c.operands[i], colours.weights]]) {
        strip(cycle, cycle + cycles, colour);
        cycle += cycles;
      }
      g.globalAlpha = 1;
      if (long > 60 && lit) {
        g.fillStyle = "#fff";
        g.textAlign = "left";
        const name = title(run.layers[c.layer[i]]), room = Math.floor((long - 10) / 7);
        const from = Math.max(left, GUTTER);
        if (left + long - from > 50) g.fillText(name.length > room ? name.slice(0, room - 1) + "…" : name, from + 5, top + BAND / 2 + 4);
      }
    }
    const end = lane.length ? c.end[lane[lane.length - 1]] : 0;
    strip(end, run.cycles, colours.no_command);
    g.restore();
    const busy = sum(lane.map((i) => c.busy[i])) / run.cycles;
    g.textAlign = "left";
    g.fillStyle = text;
    g.fillText(run.engines[engine], 2, top + 15);
    g.fillStyle = soft;
    g.fillText(percent(busy) + " busy", 2, top + 31);
  });
  byId("range").textContent = `cycles ${whole(view.from)} to ${whole(view.to)} of ${whole(run.cycles)}`;
}

function commandAt(run, event) {
  const box = byId("timeline").getBoundingClientRect();
  const x = event.clientX - box.left, lane = Math.floor((event.clientY - box.top - TOP) / LANE);
  if (x < GUTTER || !run.lanes[lane]) return null;
  const cycle = view.from + ((x - GUTTER) / (box.width - GUTTER)) * (view.to - view.from);
  const at = firstVisible(run.lanes[lane], run.commands.end, cycle);
  const i = run.lanes[lane][at];
  return i !== undefined && run.shares[i] <= cycle ? i : null;
}

function commandText(run, i) {
  const c = run.commands, layer = run.layers[c.layer[i]];
  const lines = [
    `${run.engines[c.engine[i]]}, command ${run.lanes[c.engine[i]].indexOf(i) + 1}: ${c.label[i]}`,
    `${title(layer)}: ${layer.name}`,
    `issues from ${whole(c.start[i])} to ${whole(c.end[i])}, ${whole(c.busy[i])} cycles of work`,
    `retires in ${whole(c.retired[i])}`,
  ];
  for (const [name, label] of [["empty", "no command before"], ["dependency", "waited for another command"], ["operands", "preparation"], ["reload", "weights not ready"], ["bank", "lost to bank conflicts"]])
    if (c[name][i]) lines.push(`${label}: ${whole(c[name][i])}`);
  const other = c.awaited[i];
  if (other >= 0) lines.push(`waited for ${run.engines[c.engine[other]]}: ${c.label[other]} of ${title(run.layers[c.layer[other]])}`);
  return lines.join("\n");
}

function zoom(factor, centre = 0.5) {
  const run = DATA.runs[state.run];
  if (!factor) { view.from = 0; view.to = run.cycles; }
  else {
    const span = Math.min(run.cycles, Math.max(20, (view.to - view.from) / factor));
    const focus = view.from + (view.to - view.from) * centre;
    view.from = Math.max(0, Math.min(run.cycles - span, focus - span * centre));
    view.to = view.from + span;
  }
  drawTimeline(run);
}

function timelineEvents() {
  const canvas = byId("timeline");
  const place = (event) => (event.clientX - canvas.getBoundingClientRect().left - GUTTER) / (canvas.clientWidth - GUTTER);
  canvas.addEventListener("wheel", (event) => {
    if (document.activeElement !== canvas && !event.ctrlKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), Math.min(1, Math.max(0, place(event))));
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    view.drag = { x: event.clientX, from: view.from };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointerup", () => { view.drag = null; });
  canvas.addEventListener("pointermove", (event) => {
    const run = DATA.runs[state.run];
    if (view.drag) {
      const span = view.to - view.from;
      const moved = ((event.clientX - view.drag.x) / (canvas.clientWidth - GUTTER)) * span;
      view.from = Math.max(0, Math.min(run.cycles - span, view.drag.from - moved));
      view.to = view.from + span;
      drawTimeline(run);
      tip(event, null);
      return;
    }
    const i = commandAt(run, event);
    tip(event, i === null ? null : commandText(run, i));
  });
  canvas.addEventListener("pointerleave", (event) => tip(event, null));
  canvas.addEventListener("dblclick", () => zoom(0));
  canvas.addEventListener("keydown", (event) => {
    const span = view.to - view.from, run = DATA.runs[state.run];
    const moves = { ArrowLeft: -0.2, ArrowRight: 0.2 };
    if (event.key in moves) {
      view.from = Math.max(0, Math.min(run.cycles - span, view.from + moves[event.key] * span));
      view.to = view.from + span;
      drawTimeline(run);
    } else if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? 2 : 0.5);
    else return;
    event.preventDefault();
  });
  for (const button of document.querySelectorAll("[data-zoom]"))
    button.addEventListener("click", () => zoom(Number(button.dataset.zoom)));
}

function drawLayerLegend(run) {
  const legend = byId("layerlegend");
  legend.replaceChildren();
  run.layers.forEach((layer, i) => {
    if (layer.cycles === null) return;
    const item = element("span", {}, null, legend);
    element("i", { style: "background:" + layerColour(i) }, null, item);
    item.append(title(layer));
    item.addEventListener("pointerenter", () => { state.layer = i; drawTimeline(run); });
    item.addEventListener("pointerleave", () => { state.layer = null; drawTimeline(run); });
  });
}
