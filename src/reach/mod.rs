//! The address that guests' links carry: which networks this computer is in, which of them guests can be in, and a name
//! that stays when the address changes.
//!
//! [`list_addresses`] asks the system, [`Kind`] says what a network is, [`choose`] picks one of its addresses, and
//! [`Reach`] is the handle that all links are made with. A service looks again every few seconds.
//! [`Internet`] says whether strangers can reach the server.

mod choose;
mod follow;
mod handle;
mod internet;
mod kind;
mod list;
mod name;
mod own;

pub use choose::{By, Choice, Trouble, choose};
pub use follow::{News, start};
pub use handle::{Current, Reach};
pub use internet::{Internet, is_public};
pub use kind::{Facts, Kind, Medium, classify};
pub use list::{NetworkAddress, list_addresses};
pub use own::{host_of, is_local, is_local_only};
