// Runs the compiled program as Pulumi's engine would, and prints what it asked for.
const pulumi = require("@pulumi/pulumi");
const { readFileSync } = require("node:fs");

const resources = [];
pulumi.runtime.setMocks(
  {
    newResource: ({ type, name, inputs }) => {
      resources.push({ type, name, inputs });
      return { id: `${name}_id`, state: inputs };
    },
    call: ({ inputs }) => inputs,
  },
  "program",
  "stack",
);
pulumi.runtime.setAllConfig(JSON.parse(readFileSync("config.json", "utf8")));

const program = require("./built/index.js");
pulumi.all(program).apply((outputs) => {
  process.stdout.write(JSON.stringify({ resources, outputs }));
});
