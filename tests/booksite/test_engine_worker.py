"""The engine in a worker of Chromium, on a page from disk with the site's policy, against the same one in Node.js."""

import pytest
from built import ROOT

import javascript
from booksite import scripts
from booksite.theme.overrides import SECURITY_POLICY

POLICY = "; ".join(f"{name} {sources.format(digests='')}" for name, sources in SECURITY_POLICY.items())
NETWORK = {
    "input": [8, 8, 3],
    "layers": [
        {"name": "scale", "type": "Rescaling", "scale": 1 / 255, "offset": 0},
        {"name": "conv", "type": "Conv2D", "filters": 5, "kernel_size": [3, 3], "strides": [1, 1], "padding": "same",
         "use_bias": True, "activation": "relu"},
        {"name": "pool", "type": "MaxPooling2D", "pool_size": [2, 2], "strides": [2, 2], "padding": "valid"},
        {"name": "flat", "type": "Flatten"},
        {"name": "drop", "type": "Dropout", "rate": 0.2},
        {"name": "scores", "type": "Dense", "units": 4, "use_bias": True, "activation": "softmax"},
    ],
}  # fmt: skip

# The same run everywhere: five steps on drawn images, then all weights.
RUN = """
import { random } from "./engine/random.js";
async function train(ask, network, options) {
  const { uniform, below } = random("images");
  await ask("create", network, { batch: 6, seed: 3, ...options });
  const losses = [];
  for (let step = 0; step < 5; step += 1) {
    const images = Uint8Array.from({ length: 6 * 192 }, () => below(256));
    const labels = Array.from({ length: 6 }, () => below(4));
    losses.push((await ask("step", images, labels, { learningRate: 0.1, momentum: 0.9 })).loss);
  }
  return { losses, weights: [...await ask("weights")] };
}
"""
PAGE = (
    RUN
    + """
import { startEngine } from "./engine/host.js";
globalThis.run = async (network, options) => {
  const engine = startEngine();
  const result = await train(engine.ask, network, options).catch(() => ({}));
  const refused = await engine.ask("forward", new Uint8Array(192), 7).catch(({ message }) => message);
  engine.stop();
  return { ...result, refused };
};
"""
)
NODE = (
    RUN
    + """
import { openAnswers } from "./engine/answers.js";
const answers = openAnswers();
const output = ([network, options]) => train(async (name, ...values) => answers[name](...values), network, options);
"""
)


@pytest.fixture
def run(browser, tmp_path):
    """Train on a page with a policy of its own; fails if the page says an error."""

    def on_page(policy, **options):
        script = scripts.join(ROOT, PAGE, "--format=iife", "--minify", "--target=es2020")
        (tmp_path / "page.js").write_text(script, "utf-8")
        head = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        (tmp_path / "page.html").write_text(f'<!doctype html>{head}<script src="page.js"></script>', "utf-8")
        tab = browser.new_page()
        errors = []
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto((tmp_path / "page.html").as_uri())
        shown = tab.evaluate("([network, options]) => run(network, options)", [NETWORK, options])
        tab.close()
        assert errors == []
        return shown

    return on_page


def test_a_run_in_plain_javascript_is_the_same_bit_for_bit(run):
    shown = run(POLICY, exact=True)
    in_node = javascript.run(NODE, [NETWORK, {"exact": True}])
    assert shown["losses"] == in_node["losses"]
    assert shown["weights"] == in_node["weights"]
    assert shown["losses"][0] > shown["losses"][-1]


def test_webassembly_where_the_policy_allows_it(run):
    fast, slow = run(POLICY), run(POLICY.replace("'wasm-unsafe-eval'", ""))
    assert fast["weights"] == javascript.run(NODE, [NETWORK, {}])["weights"]
    assert slow["weights"] == javascript.run(NODE, [NETWORK, {"exact": True}])["weights"] != fast["weights"]
    assert fast["weights"] == pytest.approx(slow["weights"], abs=1e-5)
    assert fast["refused"] == "This network takes up to 6 images at once; it got 7."


def test_a_policy_without_workers_is_said(run):
    shown = run(POLICY.replace("worker-src 'self' blob:", "worker-src 'none'"))
    assert shown["refused"] == "The network cannot be computed: this page does not allow workers."
