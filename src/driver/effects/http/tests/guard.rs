//! What may not be reached is not connected to, in whatever form it is written; counted at a listener.

use super::server::Server;
use super::{World, body, fails};

/// A server on all addresses of this computer, IPv4 and IPv6 where there is one.
fn everywhere() -> Server {
    Server::at("0.0.0.0:0")
}

#[test]
fn every_form_of_a_forbidden_address_makes_no_connection() {
    let server = everywhere();
    let port = server.port();
    let world = World::new(&[]);
    let hosts = [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0x7F.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.01",
        "127.255.255.254",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "0",
        "0.0.0.0",
        "0x0",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::FFFF:0:0]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        "[fe80::1]",
        "[fc00::1]",
        "[ff02::1]",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
    ];
    for host in hosts {
        let failure =
            fails(world.get(&format!("http://{host}:{port}/json")), "http", &["which this run may not reach"]);
        assert!(failure.data.get("refused").is_some(), "{host}: {failure}");
        assert!(failure.message.contains(&format!(":{port}`, or `allow_net`")), "{host}: {failure}");
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_name_that_leads_to_one_makes_no_connection() {
    let server = everywhere();
    let port = server.port();
    let world = World::new(&[]);
    for (name, found) in [
        ("localhost", "127.0.0.1"),
        ("mapped.example", "::ffff:127.0.0.1"),
        ("inside.example", "10.0.0.1"),
        ("metadata.example", "169.254.169.254"),
        ("six.example", "::1"),
        ("nat.example", "64:ff9b::7f00:1"),
    ] {
        world.name(name, &[&[found]]);
        let said = format!("`{name}` leads to ");
        fails(world.get(&format!("http://{name}:{port}/json")), "http", &[&said, "which this run may not reach"]);
    }
    world.name("both.example", &[&["127.0.0.1", "::1"]]);
    fails(world.get(&format!("http://both.example:{port}/json")), "http", &["may not reach"]);
    assert_eq!(server.connections(), 0);
}

/// The addresses that are looked at are those that are connected to: there is no second look-up in between.
#[test]
fn a_name_that_leads_elsewhere_at_the_second_look_up_makes_no_connection() {
    let (open, shut) = (Server::start(), Server::at("127.0.0.2:0"));
    let world = World::new(&[&format!("127.0.0.1:{}", open.port()), &format!("127.0.0.1:{}", shut.port())]);
    world.name("moves.example", &[&["127.0.0.1"], &["127.0.0.2"]]);
    assert!(world.get(&format!("http://moves.example:{}/json", open.port())).is_ok());
    // Another port is another connection, and so another look-up.
    fails(world.get(&format!("http://moves.example:{}/json", shut.port())), "http", &["leads to 127.0.0.2"]);
    // Of several only those that are free are tried.
    world.name("mixed.example", &[&["127.0.0.2", "127.0.0.1"]]);
    assert!(world.get(&format!("http://mixed.example:{}/json", open.port())).is_ok());
    assert_eq!(shut.connections(), 0);
}

#[test]
fn a_redirect_to_one_makes_no_connection() {
    let (server, shut) = (Server::start(), Server::at("127.0.0.3:0"));
    let world = World::of(&server);
    world.name("inside.example", &[&["127.0.0.3"]]);
    for host in ["127.0.0.3", "0x7f000003", "[::ffff:127.0.0.3]", "inside.example"] {
        let to = format!("http://{host}:{}/json", shut.port());
        for status in [301, 302, 303, 307, 308] {
            let url = server.url(&format!("/redirect/{status}?to={to}"));
            fails(world.get(&url), "http", &["which this run may not reach"]);
        }
    }
    // The same address on another port is another door.
    let other = Server::start();
    fails(world.get(&server.url(&format!("/redirect/302?to={}", other.url("/json")))), "http", &["may not reach"]);
    assert_eq!((shut.connections(), other.connections()), (0, 0));
}

#[test]
fn what_is_allowed_is_reached() {
    let server = Server::start();
    let (host, port) = (server.host(), server.port());
    for rule in [
        host.clone(),
        "127.0.0.1".into(),
        "127.0.0.0/8".into(),
        format!("127.0.0.0/8:{port}"),
        "::ffff:127.0.0.0/104".into(),
    ] {
        let world = World::new(&[&rule]);
        let said = world.get(&server.url("/json")).unwrap_or_else(|failure| panic!("{rule}: {failure}"));
        assert!(body(&said).get("hello").is_some());
        assert!(world.get(&format!("http://2130706433:{port}/json")).is_ok(), "{rule}");
    }
    let world = World::new(&[&format!("svc.internal:{port}")]);
    world.name("svc.internal", &[&["127.0.0.1"]]);
    assert!(world.get(&format!("http://SVC.internal:{port}/json")).is_ok());
    fails(world.get(&server.url("/json")), "http", &["may not reach"]);
    let world = World::new(&["127.0.0.1:1", "svc.internal:1", "10.0.0.0/8"]);
    world.name("svc.internal", &[&["127.0.0.1"]]);
    fails(world.get(&server.url("/json")), "http", &["may not reach"]);
    fails(world.get(&format!("http://svc.internal:{port}/json")), "http", &["may not reach"]);
}

/// A connection that one run may have is no way for another.
#[test]
fn connections_are_not_shared_across_permissions() {
    let server = Server::start();
    let mut world = World::of(&server);
    assert!(world.get(&server.url("/json")).is_ok());
    world.allow_net.clear();
    fails(world.get(&server.url("/json")), "http", &["may not reach"]);
    world.name("svc.example", &[&["127.0.0.1"]]);
    world.allow_net = vec![format!("svc.example:{}", server.port())];
    assert!(world.get(&format!("http://svc.example:{}/json", server.port())).is_ok());
    world.allow_net.clear();
    fails(world.get(&format!("http://svc.example:{}/json", server.port())), "http", &["may not reach"]);
    assert_eq!(server.connections(), 2);
}
