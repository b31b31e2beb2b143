package archipel.suites;

/**
 * What came of one test.
 *
 * @param test its class without the package, its method, and of several rounds the number
 * @param message why it failed, on one line; empty where it did not
 */
record Outcome(String test, Result result, String message) {
    enum Result {
        PASSED,
        FAILED,
        SKIPPED
    }

    boolean failed() {
        return result == Result.FAILED;
    }
}
