use super::world::{HOUR, Queue, SECOND, TURNS, World};
use crate::{error::When, job::*};
use std::{
    future::{Future as _, poll_fn},
    pin::pin,
    task::Poll,
};

pub async fn who_waits_is_woken_by_what_is_put_in<Q: Queue>(w: World<Q>) {
    // The clock stands still: nothing else could wake it.
    w.woken(HOUR, async |turn| {
        if turn == TURNS / 10 {
            w.put(&w.job()).await;
        }
    })
    .await;
}

pub async fn who_waits_is_woken_when_a_jobs_time_comes<Q: Queue>(w: World<Q>) {
    w.put(&NewJob { due: When::In(SECOND * 10), ..w.job() }).await;
    w.woken(HOUR, async |_| w.clock.advance(SECOND)).await;
}

pub async fn a_wait_ends_with_its_patience<Q: Queue>(w: World<Q>) {
    let mut waited = pin!(w.q.wait(SECOND * 10));
    for _ in 0..TURNS {
        let is_over = poll_fn(|cx| Poll::Ready(waited.as_mut().poll(cx).is_ready())).await;
        if is_over {
            return;
        }
        w.q.next_due(&[]).await.unwrap();
        w.clock.advance(SECOND);
    }
    panic!("it waits on and on");
}
