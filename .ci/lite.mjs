// Compiles what the kernel of JupyterLite imports when it starts, for .ci/lite.py: Python in a page is slow at that.
//
// Usage: node lite.mjs FOLDER PACKAGE...   FOLDER is that of Pyodide, with a list of packages that is right.

import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, ...packages] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const python = await loadPyodide({
  indexURL: `${folder}/`,
  lockFileURL: `${folder}/pyodide-lock.json`,
  packageBaseUrl: `${folder}/`,
});
await python.loadPackage(packages, { messageCallback() {} });
python.runPython(readFileSync(new URL("lite_start.py", import.meta.url), "utf-8"));
const compiled = python.globals.get("compiled");
const { packages: all } = JSON.parse(readFileSync(`${folder}/pyodide-lock.json`, "utf-8"));
const archives = Object.values(all).map((one) => [one.file_name, "/lib/python3.14/site-packages/"]);
for (const [name, place] of [...archives, ["python_stdlib.zip", "/lib/python314.zip/"]]) {
  const bytes = compiled(python.toPy(new Uint8Array(readFileSync(`${folder}/${name}`))), place);
  writeFileSync(`${folder}/${name}`, bytes.toJs());
}
