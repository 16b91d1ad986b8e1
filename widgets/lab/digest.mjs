// Prints the digest of the sources, which a test compares with that of the build.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

const digest = createHash("sha256");
for (const name of readdirSync("src").sort()) digest.update(`${name}\n${readFileSync(`src/${name}`, "utf8")}`);
console.log(digest.digest("hex"));
