// Prints the documents of a YAML file (or of standard input for "-") as one JSON array, with anchors and merge keys resolved.
// A document with an error, a duplicate key among them, ends it with 1.
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

const file = process.argv[2];
const documents = parseAllDocuments(readFileSync(file === "-" ? 0 : file, "utf8"), { merge: true });
const errors = documents.flatMap((document) => document.errors);
if (errors.length > 0) {
  console.error(errors.join("\n"));
  process.exit(1);
}

console.log(JSON.stringify(documents.map((document) => document.toJS())));
