//! Generated code, checked by independent tools: an HCL parser, the provider's schema, Terraform itself,
//! the TypeScript compiler and Pulumi's runtime.

mod calls;
mod fixture;
mod pulumi;
mod schema;
mod terraform;
