//! What every platform plugin needs, official or not: client, retry, steps, paging, transport, test kit.
