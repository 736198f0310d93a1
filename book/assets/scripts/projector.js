// A page for the projector: `?present` at the end of its address asks for it, and brings the script.

import { runScript } from "./labs/site_script.js";

if (new URLSearchParams(location.search).has("present")) {
  runScript("projector-later.js", "The projector", () => true).catch(({ message }) => alert(message));
}
