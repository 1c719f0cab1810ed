//! Infrastructure as code: exports a gateway as a Terraform or Pulumi program, and compares the two.

mod calls;
pub mod drift;
mod language;
mod live;
mod program;
mod pulumi;
pub mod schema;
mod shape;
mod terraform;

pub use calls::Call;
pub use live::Live;
pub use program::{Program, RouteProgram};
pub use shape::{ArgumentValue, Arguments, LeftOut, SecretName};
