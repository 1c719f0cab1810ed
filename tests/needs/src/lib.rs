//! `#[needs(…)]` above `#[test]`: where something that a test needs is missing, the test runner counts it as
//! ignored and prints why, instead of as passed. `#[in_each(…)]` makes a test for each of several programs.
//!
//! libtest has no way to ignore a test while it runs, so this is decided when the test is compiled, as in
//! cargo's own tests (`#[cargo_test(requires = "git")]`). The variables that were read are recorded, so cargo
//! compiles the test again when one of them changes. After installing a program into a folder of the same
//! PATH, `touch tests/needs/src/lib.rs`.

mod present;

use proc_macro::{Delimiter, TokenStream, TokenTree};

/// Marks the test as ignored unless all of these are present, each one of:
///
/// - `client`: Claude Code, as `CF_AIG_CLIENT` or as `claude` on PATH
/// - `browser`: Chromium, as `CF_AIG_CHROMIUM` or on PATH
/// - `mounts`: private mount namespaces (`unshare --mount`)
/// - `networks`: private network namespaces (`unshare --net`)
/// - `shim`: a C compiler for `tests/safety/shim.c`, and leave to filter system calls
/// - `checkout`: this source tree is a git repository
/// - `privileges`: not root, or `setpriv`, which takes root's privileges away
/// - `chown`: leave to give files to other users
/// - `manual`: a `man` that renders a file
/// - `names`: private namespaces with an own name server
/// - `dotenv`: python3 with python-dotenv
/// - `void_settings`: a client that lists the settings that it did not load
/// - a variable in capitals that must be set, such as `CF_AIG_SDK`
/// - any other word: a program on PATH
///
/// With `CF_AIG_CLIENT_REQUIRED` (or `CF_AIG_SDK_REQUIRED`, …) the test is never ignored for the lack of that
/// variable, and fails. `cargo test -- --ignored` runs ignored tests, which then say what they lack.
#[proc_macro_attribute]
pub fn needs(wanted: TokenStream, test: TokenStream) -> TokenStream {
    if !is_test(&test) {
        return "compile_error!(\"#[needs] belongs above #[test]\");".parse().expect("an item");
    }
    let mut tokens = attributes(&words(&wanted));
    tokens.extend(test);
    tokens
}

/// Makes a test out of a function of a program's name for each of these programs: `function::zsh` calls
/// `function("zsh")`, and is ignored where zsh is missing. The words are those of [`macro@needs`].
#[proc_macro_attribute]
pub fn in_each(programs: TokenStream, function: TokenStream) -> TokenStream {
    let mut names = function.clone().into_iter().map(|token| token.to_string());
    let Some(name) = names.find(|token| token == "fn").and_then(|_| names.next()) else {
        return "compile_error!(\"#[in_each] belongs above a function\");".parse().expect("an item");
    };
    let mut tests = TokenStream::new();
    for program in words(&programs) {
        tests.extend(attributes(std::slice::from_ref(&program)));
        let test = format!("#[test] fn {program}() {{ super::{name}({program:?}); }}");
        tests.extend(test.parse::<TokenStream>().expect("a test"));
    }
    let mut tokens: TokenStream = format!("mod {name} {{ {tests} }}").parse().expect("a module");
    tokens.extend(function);
    tokens
}

fn words(list: &TokenStream) -> Vec<String> {
    list.to_string().split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

/// What stands above a test that needs all of these: an `#[ignore]` if one is missing.
fn attributes(wanted: &[String]) -> TokenStream {
    let mut code = String::new();
    for variable in wanted.iter().flat_map(|word| present::variables(word)) {
        code += &format!("const _: ::core::option::Option<&str> = ::core::option_env!({variable:?});\n");
    }
    let missing: Vec<String> = wanted.iter().filter_map(|word| present::missing(word)).collect();
    if !missing.is_empty() {
        code += &format!("#[ignore = {:?}]", missing.join("; "));
    }
    code.parse().expect("an attribute and constants")
}

/// Whether `#[test]` is still among the attributes of this item.
fn is_test(item: &TokenStream) -> bool {
    item.clone().into_iter().any(|token| match token {
        TokenTree::Group(group) => {
            group.delimiter() == Delimiter::Bracket && group.stream().to_string() == "test"
        }
        _ => false,
    })
}
