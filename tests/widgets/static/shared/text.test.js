import assert from "node:assert/strict";
import test from "node:test";
import { compact, countText, ellipsis, fileName, plural, visible } from "../../../../widgets/static/shared/text.js";

test("a count is said with its word, and in groups of three digits", () => {
  assert.equal(plural(0, "item"), "0 items");
  assert.equal(plural(1, "item"), "1 item");
  assert.equal(plural(12345, "tick"), "12,345 ticks");
});

test("a large count keeps two or three digits, also where it is rounded up to the next unit", () => {
  const shown = [0, 999, 1000, 1950, 9949, 9950, 999_499, 999_500, 9_950_000].map(compact);

  assert.deepEqual(shown, ["0", "999", "1.0k", "1.9k", "9.9k", "10k", "999k", "1.0M", "10M"]);
});

test("what was carried over stands in brackets behind what was sent", () => {
  const shown = [countText(3, 0), countText(0, 0), countText(1, 55_008), countText(0, 3)];

  assert.deepEqual(shown, ["3", "0", "1 (55k)", "(3)"]);
});

test("a text within the limit stays as it is; a longer one ends with an ellipsis at the limit", () => {
  assert.equal(ellipsis("abcde", 5), "abcde");
  assert.equal(ellipsis("abcdef", 5), "abcd…");
});

test("a page's file is called what the flow is called, as far as files may be called so", () => {
  assert.equal(fileName("reach"), "reach.html");
  assert.equal(fileName("fünf_2"), "fünf_2.html");
  assert.equal(fileName("../../etc/passwd"), "etc_passwd.html");
  assert.equal(fileName("a<b>:c"), "a_b_c.html");
  assert.equal(fileName("..."), "run.html");
  assert.equal(fileName("x".repeat(500)).length, 65);
});

test("a text of anyone shows what cannot be seen, and its lines", () => {
  assert.equal(visible("a\u202eb\u001b\n\té😀 ×"), "a\ufffdb\ufffd\n\té😀 ×");
});
