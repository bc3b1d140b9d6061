//! An answer that is wanted no more: a read is dropped, a write goes on to its end.

use super::super::Told;
use super::server::Server;
use super::{HANGS, World, input, status};
use crate::driver::doorway::clock::{self, SystemClock};
use crate::driver::effects::local::{Order, Orders};
use crate::model::{Failure, Length, Value};

/// Performs a request to that path, of which the server hears before the order is given.
fn ordered(action: &str, path: &str, order: Order) -> Result<Value, Failure> {
    let server = Server::start();
    let world = World::of(&server);
    let mut attempt = world.attempt(action, input(&server.url(path), &[]));
    attempt.perform.timeout = Some(Length::from_ms(300));
    let (orders, mut heard) = Orders::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            server.wait_for(path, 1);
            orders.send_replace(order);
        });
        let performed = world.web.perform(&attempt, Told::default(), &SystemClock, &mut heard);
        world.runtime.block_on(async { clock::within(HANGS, performed).await.expect("it ends") })
    })
}

#[test]
fn a_read_is_dropped() {
    let failure = ordered("http.get", "/slow", Order::End).expect_err("dropped");
    assert_eq!(&*failure.kind, "stopped");
    assert!(failure.message.contains("was dropped, since it was needed no more"), "{failure}");
}

#[test]
fn a_write_goes_on_within_its_timeout() {
    assert_eq!(&*ordered("http.post", "/slow", Order::End).expect_err("its time is over").kind, "timeout");
    assert_eq!(&*ordered("http.post", "/slow", Order::Kill).expect_err("the process ends").kind, "stopped");
    // The server hears of it and answers at once: what came of it is told, whichever came first.
    assert_eq!(status(&ordered("http.put", "/json", Order::End).expect("an answer")), 200);
}
