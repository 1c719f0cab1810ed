//! The code in the documents is the code that the program writes.

use crate::examples::blocks;
use cf_aig::facts::gateway::GatewayId;
use cf_aig::services::iac::{Live, Program};

#[test]
fn the_code_in_the_documents_is_the_code_that_is_written() {
    let gateway = GatewayId::parse("claude-code").unwrap();
    let program = Program::new(&Live::defaults(), gateway, None).unwrap();
    for (language, code) in [("hcl", program.terraform()), ("ts", program.pulumi())] {
        let shown: Vec<_> = blocks()
            .into_iter()
            .filter(|block| block.language == language && block.page.ends_with("create-gateway.md"))
            .collect();
        assert_eq!(shown.len(), 1, "{language}");
        assert!(
            code.contains(&shown[0].text),
            "{} is not what `cf-aig iac` writes:\n{code}",
            shown[0].place()
        );
    }
}
