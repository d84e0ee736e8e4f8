//! For tests only: a fake runner, stateful fakes that speak HTTP, the case-folder driver.
