//! The layout keeps its promise: an import points down between floors, siblings do not import each
//! other in a circle, and no two types have one name.

use cf_aig_harness::plugin_root;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The floors from the bottom up. Floors of one row may use each other, as long as there is no circle.
const FLOORS: [&[&str]; 8] = [
    &["base"],
    &["facts"],
    &["system"],
    &["http", "cloudflare", "ui"],
    &["services"],
    &["commands"],
    &["cli"],
    &["main"],
];

/// A module's path below the crate, such as `services/ledger/record`.
type Module = Vec<String>;

/// One import: the module that has it, the module it leads to, and the path as written.
struct Import {
    from: Module,
    to: Module,
    written: String,
}

#[test]
fn an_import_points_down_between_floors() {
    let up: Vec<_> = imports()
        .into_iter()
        .filter(|import| floor(&import.from) < floor(&import.to))
        .map(|import| format!("{} uses {}", import.from.join("/"), import.written))
        .collect();
    assert!(up.is_empty(), "these point up:\n{}", up.join("\n"));
}

/// A folder's files are its modules and its own `mod.rs`. A re-export alone is not a use.
#[test]
fn files_of_a_folder_do_not_import_each_other_in_a_circle() {
    let imports = imports();
    let mut circles = Vec::new();
    let folders: BTreeSet<_> =
        imports.iter().flat_map(|import| (0..import.from.len()).map(|n| &import.from[..n])).collect();
    for folder in folders {
        let below = |module: &Module| match module.strip_prefix(folder)? {
            [] => Some("mod.rs".to_owned()),
            [first, ..] => Some(first.clone()),
        };
        let mut arrows: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for import in &imports {
            if let (Some(from), Some(to)) = (below(&import.from), below(&import.to))
                && from != to
            {
                let text = format!("{} uses {}", import.from.join("/"), import.written);
                arrows.entry((from, to)).or_default().push(text);
            }
        }
        for ((from, to), written) in &arrows {
            if reaches(&arrows, to, from) {
                circles.push(format!("{}: {from} -> {to}\n    {}", folder.join("/"), written.join("\n    ")));
            }
        }
    }
    assert!(circles.is_empty(), "these are part of a circle:\n{}", circles.join("\n"));
}

#[test]
fn a_type_has_a_name_of_its_own() {
    let sources = sources();
    // associated types are indented; Result is the usual alias
    let definition =
        regex::Regex::new(r"^(?:pub(?:\([a-z:_ ]+\))? )?(?:struct|enum|trait|type) (\w+)").unwrap();
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (module, text) in
        sources.iter().filter(|(module, _)| module.last().is_none_or(|last| last != "tests"))
    {
        let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        for found in product.lines().filter_map(|line| definition.captures(line)) {
            places.entry(found[1].to_owned()).or_default().push(module.join("/"));
        }
    }
    assert!(places.len() > 300, "only {} types were found", places.len());
    let shared: Vec<_> =
        places.iter().filter(|(name, places)| *name != "Result" && places.len() > 1).collect();
    assert!(shared.is_empty(), "{shared:#?}");
}

#[test]
fn the_reader_of_imports_sees_every_way_to_write_one() {
    let known = ["a", "a/x", "a/y", "b"].map(|path| (module(path), String::new()));
    let mut sources: BTreeMap<Module, String> = known.into();
    *sources.get_mut(&module("b")).unwrap() = "mod c;\npub use crate::a::y::Thing;".into();
    let text = "use crate::b;\nuse super::y::{self, Other};\nuse crate::{\n    b::Thing as T, a::y,\n};\n\
                fn f() { super::super::b::g(); }\n// use crate::nowhere\n#[cfg(test)]\nmod tests { use crate::z; }";
    sources.insert(module("a/x"), text.into());
    let found: Vec<_> = read(&sources)
        .into_iter()
        .filter(|import| import.from == module("a/x"))
        .map(|import| format!("{} {}", import.written, import.to.join("/")))
        .collect();
    let expected = ["b b", "b::Thing a/y", "a::y a/y", "a::y a/y", "a::y::Other a/y", "b::g b"];
    assert_eq!(found, expected, "`Thing` is found where it stands, behind `b`'s re-export");
}

/// Whether the arrows lead from one sibling to another.
fn reaches(arrows: &BTreeMap<(String, String), Vec<String>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::from([from.to_owned()]);
    let mut open = vec![from.to_owned()];
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        open.extend(
            arrows.keys().filter(|(a, b)| *a == at && seen.insert(b.clone())).map(|(_, b)| b.clone()),
        );
    }
    false
}

/// The row of a module's floor; a floor that the list lacks fails the test.
fn floor(module: &Module) -> usize {
    let name = &module[0];
    FLOORS
        .iter()
        .position(|row| row.contains(&name.as_str()))
        .unwrap_or_else(|| panic!("{name} has no floor"))
}

/// The source of the helper and of its pure floors, which it shows as its own modules.
fn sources() -> BTreeMap<Module, String> {
    let mut sources = BTreeMap::new();
    for root in ["helper/core/src", "helper/src"] {
        let root = plugin_root().join(root);
        collect(&root, &root, &mut sources);
    }
    sources
}

/// Every import of the helper's source, without its unit tests.
fn imports() -> Vec<Import> {
    let sources = sources();
    let found = read(&sources);
    assert!(found.len() > 1000, "only {} imports were found", found.len());
    found
}

fn collect(root: &Path, folder: &Path, sources: &mut BTreeMap<Module, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, sources);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let relative = path.strip_prefix(root).unwrap().with_extension("");
            let mut name: Module = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            name.pop_if(|last| last == "mod");
            if name != ["lib"] {
                sources.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
}

/// Every import of these sources, each led through re-exports to the module that has the item.
fn read(sources: &BTreeMap<Module, String>) -> Vec<Import> {
    let raw: Vec<(Module, Vec<String>)> = sources
        .iter()
        .flat_map(|(module, text)| {
            let children = of_children(module, text, sources);
            paths(module, text).into_iter().chain(children).map(|path| (module.clone(), path))
        })
        .collect();
    let exports: BTreeMap<Module, Vec<Vec<String>>> = sources
        .iter()
        .map(|(module, text)| {
            let public = text.lines().filter(|line| line.trim_start().starts_with("pub"));
            let public: String = statements(text, public).join("\n");
            (module.clone(), relative(module, &public, sources))
        })
        .collect();
    raw.into_iter()
        .filter_map(|(from, path)| {
            let mut to = home(&path, sources);
            let mut rest = path[to.len()..].to_vec();
            // `pub use record::Record` in the folder's mod.rs: the item stands in `record`
            for _ in 0..4 {
                let Some(name) = rest.first() else { break };
                let Some(real) = exports.get(&to).and_then(|all| all.iter().find(|e| e.last() == Some(name)))
                else {
                    break;
                };
                rest = [&real[..], &rest[1..]].concat();
                to = home(&rest, sources);
                rest.drain(..to.len());
            }
            (to != from && !to.is_empty()).then(|| Import { from, to, written: path.join("::") })
        })
        .collect()
}

/// The longest part of a path that is a module.
fn home(path: &[String], sources: &BTreeMap<Module, String>) -> Module {
    let end = (0..=path.len()).rev().find(|&n| n == 0 || sources.contains_key(&path[..n])).unwrap_or(0);
    path[..end].to_vec()
}

/// The `pub use` statements that begin on these lines.
fn statements<'t>(text: &'t str, lines: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    lines
        .filter(|line| line.split_once("use ").is_some_and(|(before, _)| !before.contains("fn ")))
        .map(|line| {
            let start = line.as_ptr() as usize - text.as_ptr() as usize;
            text[start..].split_inclusive(';').next().unwrap_or_default()
        })
        .collect()
}

/// What `pub use` statements name, whether they begin with `crate`, `super`, `self` or a child.
fn relative(module: &Module, text: &str, sources: &BTreeMap<Module, String>) -> Vec<Vec<String>> {
    let mut found = paths(module, text);
    for tree in text.split("use ").skip(1).filter_map(|rest| rest.split(';').next()) {
        let first = tree.split("::").next().unwrap_or_default().trim().to_owned();
        if sources.contains_key(&[&module[..], &[first]].concat()) {
            expand(module.clone(), tree, &mut found);
        }
    }
    found
}

/// The paths in a module's text that begin with one of its children. A `pub use` counts if the module itself
/// uses the name.
fn of_children(module: &Module, text: &str, sources: &BTreeMap<Module, String>) -> Vec<Vec<String>> {
    let code = code(text);
    let exports = statements(&code, code.lines().filter(|line| line.starts_with("pub")));
    let own = exports.iter().fold(code.clone(), |own, export| own.replace(export, ""));
    let children = sources.keys().filter(|m| m.len() == module.len() + 1 && m.starts_with(module));
    let mut found = Vec::new();
    for child in children {
        let start = format!("{}::", child[module.len()]);
        for rest in starts(&own, &start) {
            expand(child.clone(), tree(rest), &mut found);
        }
        let mut exported = Vec::new();
        for rest in exports.iter().flat_map(|export| starts(export, &start)) {
            expand(child.clone(), tree(rest), &mut exported);
        }
        found.extend(exported.into_iter().filter(|path| {
            let name = path.last().expect("a path has a name");
            regex::Regex::new(&format!(r"\b{name}\b")).unwrap().is_match(&own)
        }));
    }
    found
}

/// A module's text without its unit tests and comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// What follows each place where a path begins with this.
fn starts<'t>(code: &'t str, start: &str) -> Vec<&'t str> {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '$';
    code.match_indices(start)
        // `pub(in crate::commands)` is a visibility
        .filter(|(at, _)| !code[..*at].ends_with(inside) && !code[..*at].ends_with("(in "))
        .map(|(at, _)| &code[at + start.len()..])
        .collect()
}

/// Every path in a module's text that begins with `crate`, `super` or `self`, from the crate down.
fn paths(module: &Module, text: &str) -> Vec<Vec<String>> {
    let code = code(text);
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for mut rest in starts(&code, start) {
            let mut base = if start == "crate::" { Vec::new() } else { module.clone() };
            if start == "super::" {
                base.pop();
            }
            while let Some(after) = rest.strip_prefix("super::") {
                base.pop();
                rest = after;
            }
            expand(base, tree(rest), &mut found);
        }
    }
    found
}

/// The use tree at the start of this text: a path, perhaps with braces at its end.
fn tree(text: &str) -> &str {
    let path = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
    if !text[..path].ends_with("::") && path > 0 || !text[path..].starts_with('{') {
        return &text[..path];
    }
    let mut depth = 0;
    let end = text[path..].find(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0
    });
    &text[..path + end.map_or(text.len() - path, |end| end + 1)]
}

/// Every path of a use tree.
fn expand(base: Vec<String>, tree: &str, found: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let (path, braces) = match tree.split_once('{') {
        Some((path, rest)) => (path, rest.rsplit_once('}').map(|(inner, _)| inner)),
        None => (tree.split(" as ").next().unwrap_or_default(), None),
    };
    let mut base = base;
    base.extend(
        path.split("::").map(str::trim).filter(|part| !part.is_empty() && *part != "self").map(Into::into),
    );
    let Some(inner) = braces else {
        found.push(base);
        return;
    };
    let mut depth = 0;
    let parts = inner.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    for part in parts.filter(|part| !part.trim().is_empty()) {
        expand(base.clone(), part, found);
    }
}

fn module(path: &str) -> Module {
    path.split('/').map(Into::into).collect()
}
