// The visitor's map: an empty ground with degrees and the names of communes, where one touch drops a pin. Leaflet is
// loaded when the map is opened for the first time, from this very site; nobody outside learns where somebody looks.

import { Grid, word } from "./grid.js";

const FINGER = 22; // pixels that a touch may be wrong
const CLOSE = 15;
const APART = 84;
const NAMED = 9; // no names of communes when the map is drawn smaller
const OURS = [21.1313, 106.469];
let loading = null;

function loaded(files) {
  loading ??= Promise.all(files.map((url) => new Promise((resolve, reject) => {
    const script = url.split("?")[0].endsWith(".js");
    const tag = document.createElement(script ? "script" : "link");
    Object.assign(tag, script ? { src: url } : { rel: "stylesheet", href: url }, { onload: resolve, onerror: reject });
    document.head.append(tag);
  })));
  loading.catch(() => { loading = null; });
  return loading;
}

async function communes(url) {
  try { return (await (await fetch(url)).json()).names ?? []; } catch { return []; }
}

export class Pinning {
  // pinned({lat, lon, accuracy} or null)
  constructor(place, files, url, words, pinned) {
    Object.assign(this, { place, files, url, words, pinned, map: null, pin: null, circle: null });
  }

  // Raises when the map could not be loaded.
  async open(around) {
    await loaded(this.files);
    if (!this.map) this.make(window.L);
    this.clear();
    this.map.invalidateSize();
    this.circle?.remove();
    this.circle = null;
    if (around) this.look(around);
    else this.map.setView(OURS, NAMED + 1, { animate: false });
    this.names ??= await communes(this.url);
    this.draw();
  }

  make(L) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const calm = still ? { zoomAnimation: false, markerZoomAnimation: false, inertia: false } : {};
    const map = L.map(this.place, { zoomControl: false, attributionControl: false, minZoom: 5, maxZoom: 18, fadeAnimation: false, ...calm });
    L.control.zoom({ position: "topright", zoomInTitle: this.words.zoom_in, zoomOutTitle: this.words.zoom_out }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    Object.assign(this, { L, map, grid: new Grid(L, map, this.words), labels: L.layerGroup().addTo(map) });
    map.on("click", ({ latlng }) => this.drop(latlng));
    map.on("moveend zoomend", () => this.draw());
  }

  look({ lat, lon, radius, known }) {
    const { L, map } = this;
    map.fitBounds(L.latLng(lat, lon).toBounds(2 * radius), { maxZoom: CLOSE - 1, animate: false });
    if (known) this.circle = L.circle([lat, lon], { radius, color: "#75540d", weight: 1, fillOpacity: 0.08, dashArray: "4 4", interactive: false }).addTo(map);
  }

  draw() {
    this.grid.draw();
    this.labels.clearLayers();
    if (this.map.getZoom() < NAMED) return;
    const seen = [];
    const bounds = this.map.getBounds();
    for (const [name, lat, lon] of this.names ?? []) {
      const at = this.map.latLngToLayerPoint([lat, lon]);
      if (!bounds.contains([lat, lon]) || seen.some((one) => one.distanceTo(at) < APART)) continue;
      seen.push(at);
      this.labels.addLayer(word(this.L, [lat, lon], name, "grid-word place-word"));
    }
  }

  centre() {
    if (this.map) this.drop(this.map.getCenter());
  }

  drop({ lat, lng }) {
    const icon = this.L.divIcon({ className: "pin-dot", iconSize: [26, 26] });
    this.clear();
    this.pin = this.L.marker([lat, lng], { icon, keyboard: false, interactive: false }).addTo(this.map);
    const one = this.map.latLngToContainerPoint([lat, lng]);
    const metres = this.map.distance([lat, lng], this.map.containerPointToLatLng(one.add([FINGER, 0])));
    this.pinned({ lat, lon: lng, accuracy: Math.max(10, Math.round(metres)) });
  }

  clear() {
    this.pin?.remove();
    this.pin = null;
    this.pinned(null);
  }
}
