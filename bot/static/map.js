// The staff's map: areas with cases as circles, gathered where they lie close; exact pins only when they were asked for.
// All that is drawn comes from #map-data; nothing is loaded unless the configuration names tiles.

import { Grid } from "./grid.js";

const { areas, pins, looked, words, tiles } = JSON.parse(document.getElementById("map-data").textContent);
const L = window.L;
const NEAR = 58;
const CLOSE = 14;
const WARD = [21.1313, 106.469];

const map = L.map("map", { zoomControl: false, attributionControl: Boolean(tiles.url), minZoom: 5, maxZoom: 18, fadeAnimation: false });
L.control.zoom({ position: "topright", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
L.control.scale({ imperial: false }).addTo(map);
if (tiles.url) {
  map.attributionControl.setPrefix(false);
  L.tileLayer(tiles.url, { attribution: tiles.attribution, maxZoom: 18 }).addTo(map);
}

const grid = new Grid(L, map, words);
const circles = L.layerGroup().addTo(map);
const heaps = L.layerGroup().addTo(map);

function element(tag, text, kind = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

// Colours are the stylesheet's, so that the list, the legend and the map agree.
const colours = new Map();
function colour(state) {
  if (!colours.has(state)) {
    const probe = document.body.appendChild(element("i", "", `at-${state}`));
    colours.set(state, getComputedStyle(probe).getPropertyValue("--at").trim());
    probe.remove();
  }
  return colours.get(state);
}

// Areas closer than a finger become one heap: the fullest takes in its neighbours.
function gathered() {
  const found = [];
  for (const area of areas) {
    const at = map.latLngToLayerPoint([area.lat, area.lon]);
    const heap = found.find((one) => one.at.distanceTo(at) < NEAR);
    if (heap) heap.members.push(area);
    else found.push({ at, members: [area] });
  }
  return found;
}

function pie(states, total) {
  let from = 0;
  const slices = states.map(([state, n]) => {
    const slice = `${colour(state)} ${from}turn ${from + n / total}turn`;
    from += n / total;
    return slice;
  });
  return `conic-gradient(${slices.join(", ")})`;
}

function added(members) {
  const sums = new Map();
  for (const area of members) for (const [state, n] of area.states) sums.set(state, (sums.get(state) ?? 0) + n);
  return [...sums];
}

function choose(area) {
  document.querySelector(".area.chosen")?.classList.remove("chosen");
  const line = document.getElementById(area.id);
  line?.classList.add("chosen");
  line?.scrollIntoView({ block: "nearest" });
}

function named(members) {
  const list = element("div", "");
  for (const area of members) list.append(element("div", `${area.title}: ${area.total} ${words.cases}`));
  return list;
}

function heap({ members }) {
  const total = members.reduce((sum, area) => sum + area.total, 0);
  const size = Math.min(56, 34 + Math.round(3 * Math.log2(total)));
  const html = element("div", "", "heap");
  html.append(element("span", String(total)));
  html.style.background = pie(added(members), total);
  const title = members.length === 1 ? `${members[0].title}: ${total} ${words.cases}` : words.cluster.replace("{n}", total);
  const icon = L.divIcon({ html, className: "", iconSize: [size, size] });
  const marker = L.marker([members[0].lat, members[0].lon], { icon, title, alt: title });
  marker.on("click", () => {
    choose(members[0]);
    const around = L.latLngBounds(members.map((area) => [area.lat, area.lon]));
    // What lies on one point, or cannot be told apart any nearer, is named instead.
    if (around.getSouthWest().equals(around.getNorthEast()) || map.getZoom() >= CLOSE) marker.bindPopup(named(members)).openPopup();
    else map.fitBounds(around.pad(0.3), { maxZoom: CLOSE });
  });
  return marker;
}

function draw() {
  grid.draw();
  heaps.clearLayers();
  circles.clearLayers();
  for (const one of gathered()) {
    heaps.addLayer(heap(one));
    for (const area of one.members) {
      circles.addLayer(L.circle([area.lat, area.lon], { radius: area.radius, color: "#75540d", weight: 1, fillOpacity: 0.08, dashArray: "4 4", interactive: false }));
    }
  }
}

function pin(one) {
  const circle = { radius: one.radius, weight: 1, fillOpacity: 0.1, className: `at at-${one.state}`, interactive: false };
  L.circle([one.lat, one.lon], circle).addTo(map);
  const dot = L.circleMarker([one.lat, one.lon], { radius: 7, weight: 2, fillOpacity: 1, className: `at at-${one.state}` });
  const about = [one.code, one.measured ? words.accuracy.replace("{m}", Math.round(one.radius)) : "", one.hint];
  dot.bindPopup(element("span", about.filter(Boolean).join(", "))).addTo(map);
}

const shown = areas.filter((area) => !looked || area.title === looked);
const bounds = L.latLngBounds([...shown, ...pins].map((one) => L.latLng(one.lat, one.lon).toBounds(2 * one.radius)).flatMap((one) => [one.getSouthWest(), one.getNorthEast()]));
if (bounds.isValid()) map.fitBounds(bounds, { maxZoom: CLOSE, animate: false });
else map.setView(WARD, 10);
map.on("zoomend moveend", draw);
draw();
pins.forEach(pin);
