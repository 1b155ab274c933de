//! How the clauses of a kit become tests, or a list.

/// Makes a test of each clause of the kit, or lists each with what runs it.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_clauses {
    (tests $attributes:tt $kit:ident $open:expr; $($group:ident { $($clause:ident)* })*) => {
        $(mod $group {
            use super::*;

            $($crate::conformance_clauses! { @test $attributes $kit $group $clause $open })*
        })*
    };
    (@test ($($attribute:tt)*) $kit:ident $group:ident $clause:ident $open:expr) => {
        #[tokio::test]
        $($attribute)*
        async fn $clause() {
            $crate::conformance_clauses! { @run $kit $group $clause $open }
        }
    };
    (list () $kit:ident $open:expr; $($group:ident { $($clause:ident)* })*) => {
        ::std::vec![$($((
            ::std::concat!(::std::stringify!($group), "::", ::std::stringify!($clause)),
            ::std::boxed::Box::pin(async move {
                $crate::conformance_clauses! { @run $kit $group $clause $open }
            }) as ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = ()>>>,
        )),*),*]
    };
    (@run $kit:ident $group:ident $clause:ident $open:expr) => {
        let clock = $crate::testkit::$kit::World::<()>::clock();
        let (opened, _kept) = ($open)(clock.clone()).await;
        $crate::testkit::$kit::$group::$clause($crate::testkit::$kit::World::new(clock, opened)).await;
    };
}
