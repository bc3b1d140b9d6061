//! Where the socket is, however long the folder's path.

use super::{length, open, store};

#[test]
fn a_path_too_long_for_a_socket_is_no_hindrance() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut data = dir.path().to_path_buf();
    for _ in 0..6 {
        data = data.join("a folder with a name of about fifty letters or so");
    }
    assert!(data.as_os_str().len() > 300);
    let owner = open(&data);
    let client = open(&data);
    assert!(owner.is_owner() && !client.is_owner());
    store(&client, 1, 0).expect("served");
    assert_eq!(length(&owner, 1), 1);
    drop(owner);
    store(&client, 1, 1).expect("it is the owner now");
    assert!(client.is_owner());
    drop(client);
    assert!(!data.join("link").exists(), "nothing is left behind");
}
