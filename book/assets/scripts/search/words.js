// How search reads words: the book's and the reader's become the same terms.

/** Words that say nothing about what is looked for. */
const SILENT = new Set(
  `a about an and are as at be by can do does for from has have how i if in is it its me my not of on or our so that the
  many much there this to use using was what when where which why will with you your`.split(/\s+/),
);

/** What readers type, and the book's words for it. */
const BOOK_WORDS = [
  [/\b(?:deconv(?:olution)?s?|conv\dd?transpose)\b/, "transposed convolution way back"],
  [/\b(?:up-?sampl\w+|decoders?)\b/, "transposed convolution way back"],
  [/\b(?:atrous|dilat\w+)\b/, "dilation holes"],
  [/\bhyper-?param\w*/, "hyper-parameters settings learned"],
  [/\bnormali[sz]\w+/, "normalisation standardise"],
  [/\b(?:data )?augment\w*/, "mirrored shifted augmentation"],
  [/\bfully[- ]connected\b/, "dense layer"],
  [/\blinear layers?\b/, "dense layer"],
  [/\b(?:integers?|whole numbers?|fractions?|decimals?)\b/, "whole floor"],
  [/\bnot (?:an? )?(?:integers?|whole)\b/, "not whole floor"],
  [/\bgrad-?cam\b/, "grad-cam"],
  [/\b(?:reproduc\w+|determinis\w+)\b/, "seed same spread"],
  [/\b(?:random|noise|variance)\b/, "seed spread"],
  [/\b(?:flops?|macs?|operations)\b/, "multiply-adds"],
  [/\b(?:pointwise|1x1)\b/, "1x1 pointwise"],
  [/\bdepth-?wise\b/, "depthwise separable groups"],
  [/\b(?:backprop\w*|gradients?)\b/, "gradient"],
  [/\b(?:vanish|explod)\w*/, "gradient dwindle lost"],
  [/\b[wn]\s*[-−–]\s*[fk]\b/, "predict size feature map count places"],
  [/\b(?:skip|shortcuts?)\b/, "residual"],
  [/\bresnets?\b/, "residual"],
  [/\b(?:pytorch|torch|jax|onnx|caffe)\b/, "libraries"],
  [/\b(?:quanti[sz]\w+|int8)\b/, "quantisation"],
  [/\binstall\w*|\bpip\b/, "install wheel module"],
  [/\bcolou?rs?\b/, "colour"],
  [/\bfield of view\b/, "receptive field"],
  [/\bweights? sharing\b|\bshared weights?\b/, "same weights places sharing"],
  [/\bweights? decay\b|\bregulari[sz]\w+/, "penalty l2 weight decay"],
  [/\bcheat ?sheets?\b|\bsymbols?\b/, "notation"],
  [/\bexcel\b|\bspread ?sheets?\b|\blibreoffice\b/, "worksheet"],
  [/\b(?:lms|moodle|teacher\w*)\b/, "course"],
];

/** The text with one way to write a size: 3×3, 3 x 3 and 3x3 are one word. */
function normalise(text) {
  return text.normalize("NFKC").toLowerCase().replace(/(\d)\s*[×x]\s*(?=\d)/g, "$1x").replace(/[’']s\b/g, "");
}

/** The words of a text, in order; "hyper-parameters" is three: both parts and the whole without its hyphen. */
export function words(text) {
  return normalise(text)
    .split(/[^\p{L}\p{N}_-]+/u)
    .flatMap((word) => {
      const parts = word.split(/[-_]+/).filter(Boolean);
      return parts.length > 1 ? [...parts, parts.join("")] : parts;
    });
}

/** Words of readers that the glossary does not have, and the one of the glossary that they look for. */
const GLOSSARY_WORDS = {
  convolution: "convolution layer", "convolutional layer": "convolution layer", "batch size": "batch", gradient: "backpropagation",
  "loss function": "loss", "skip connection": "residual connection", maxpool: "max pooling", "max pool": "max pooling",
  "batch norm": "batch normalisation", batchnorm: "batch normalisation", valid: "padding",
  "batch normalization": "batch normalisation", quantization: "quantisation", int8: "quantisation",
};

/** A word as it is looked up, or nothing for one that says nothing: "strides" is found by "stride", "batches" by "batch". */
export function term(word) {
  if (SILENT.has(word)) return null;
  if (/(?:ch|ss|ias)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 4 && /[^su]s$/.test(word)) return word.slice(0, -1);
  return word;
}

/** A name of the glossary, however it is written: zero-padding, Zero padding and zeropaddings are one. */
export const nameOf = (text) => normalise(text).split(/[^\p{L}\p{N}]+/u).map(term).join("");

/** The name of the glossary that a reader asks for, if it is one. */
export const askedName = (question) =>
  nameOf(Object.entries(GLOSSARY_WORDS).find(([typed]) => nameOf(typed) === nameOf(question))?.[1] ?? question);

/** What the book calls what the reader asks for, as words to look for beside the reader's own. */
export function bookWords(question) {
  const text = normalise(question);
  return BOOK_WORDS.filter(([typed]) => typed.test(text)).map(([, words]) => words).join(" ");
}
