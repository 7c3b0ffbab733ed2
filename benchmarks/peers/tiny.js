// The network 2-4-2-1 (tanh), squared error, SGD with batches of 10, in two styles of JavaScript:
// "objects": a node for each unit and a link for each weight, as playgrounds draw them; "flat": typed arrays.
//   node tiny.js ROWS.json SECONDS  ->  {"objects": epochs a second, "flat": ..., "loss": ..., "version": ...}
"use strict";
const fs = require("fs");
const rows = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const seconds = Number(process.argv[3]);
const SHAPE = [2, 4, 2, 1], BATCH = 10, RATE = 0.03;

let state = 12345; // a small generator, so that runs repeat
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 4294967296 - 0.5;
}

function shuffled(order) {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor((random() + 0.5) * (i + 1));
    const kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
  return order;
}

class Unit {
  constructor() {
    this.links = [];
    this.out = [];
    this.bias = 0.1;
    this.value = 0;
    this.slope = 0;
    this.sum = 0;
  }
  forward() {
    let total = this.bias;
    for (const link of this.links) total += link.weight * link.from.value;
    this.value = Math.tanh(total);
  }
  backward() {
    this.slope *= 1 - this.value * this.value;
    this.sum += this.slope;
    for (const link of this.links) {
      link.sum += this.slope * link.from.value;
      link.from.slope += this.slope * link.weight;
    }
  }
  step(rate) {
    this.bias -= rate * this.sum;
    this.sum = 0;
    for (const link of this.links) {
      link.weight -= rate * link.sum;
      link.sum = 0;
    }
  }
}

function objects() {
  const layers = SHAPE.map((count) => Array.from({ length: count }, () => new Unit()));
  for (let l = 1; l < layers.length; l++)
    for (const unit of layers[l])
      for (const from of layers[l - 1]) unit.links.push({ from, weight: random(), sum: 0 });
  const inputs = layers[0], output = layers[layers.length - 1][0];
  return function epoch(order) {
    let loss = 0;
    for (let k = 0; k < order.length; k++) {
      const row = rows[order[k]];
      inputs[0].value = row[0];
      inputs[1].value = row[1];
      for (let l = 1; l < layers.length; l++) for (const unit of layers[l]) unit.forward();
      for (const layer of layers) for (const unit of layer) unit.slope = 0;
      const error = output.value - row[2];
      loss += error * error;
      output.slope = error;
      for (let l = layers.length - 1; l > 0; l--) for (const unit of layers[l]) unit.backward();
      if ((k + 1) % BATCH === 0)
        for (let l = 1; l < layers.length; l++) for (const unit of layers[l]) unit.step(RATE / BATCH);
    }
    return loss / order.length;
  };
}

function flat() {
  const weights = [], sums = [], values = SHAPE.map((count) => new Float64Array(count));
  const slopes = SHAPE.map((count) => new Float64Array(count));
  for (let l = 1; l < SHAPE.length; l++) { // a row a unit: its weights, then its bias
    weights.push(Float64Array.from({ length: SHAPE[l] * (SHAPE[l - 1] + 1) }, random));
    sums.push(new Float64Array(SHAPE[l] * (SHAPE[l - 1] + 1)));
  }
  return function epoch(order) {
    let loss = 0;
    for (let k = 0; k < order.length; k++) {
      const row = rows[order[k]];
      values[0][0] = row[0];
      values[0][1] = row[1];
      for (let l = 1; l < SHAPE.length; l++) {
        const w = weights[l - 1], x = values[l - 1], h = values[l], n = x.length;
        for (let u = 0, p = 0; u < h.length; u++) {
          let total = 0;
          for (let i = 0; i < n; i++) total += w[p++] * x[i];
          h[u] = Math.tanh(total + w[p++]);
        }
      }
      const top = SHAPE.length - 1, error = values[top][0] - row[2];
      loss += error * error;
      slopes[top][0] = error;
      for (let l = top; l > 0; l--) {
        const w = weights[l - 1], s = sums[l - 1], x = values[l - 1], h = values[l], n = x.length;
        const below = slopes[l - 1];
        below.fill(0);
        for (let u = 0, p = 0; u < h.length; u++) {
          const d = slopes[l][u] * (1 - h[u] * h[u]);
          for (let i = 0; i < n; i++, p++) {
            s[p] += d * x[i];
            below[i] += d * w[p];
          }
          s[p++] += d;
        }
      }
      if ((k + 1) % BATCH === 0)
        for (let l = 0; l < weights.length; l++) {
          const w = weights[l], s = sums[l];
          for (let p = 0; p < w.length; p++) {
            w[p] -= (RATE / BATCH) * s[p];
            s[p] = 0;
          }
        }
    }
    return loss / order.length;
  };
}

function rate(epoch) {
  const order = rows.map((_, i) => i);
  let loss = 0;
  for (let k = 0; k < 200; k++) loss = epoch(shuffled(order)); // the compiler has seen it
  const start = process.hrtime.bigint();
  let epochs = 0, spent = 0;
  while (spent < seconds) {
    for (let k = 0; k < 50; k++) loss = epoch(shuffled(order));
    epochs += 50;
    spent = Number(process.hrtime.bigint() - start) / 1e9;
  }
  return [epochs / spent, loss];
}

const [first, loss] = rate(objects());
const [second] = rate(flat());
console.log(JSON.stringify({ objects: first, flat: second, loss, version: process.version }));
