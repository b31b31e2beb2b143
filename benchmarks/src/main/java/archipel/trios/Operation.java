package archipel.trios;

import archipel.load.BulkRequest;

/** What the clients do over and over, one of these at a time. */
enum Operation {
    WRITE("write a new value", "ops"),
    LINEARIZABLE_READ("linearizable read", "ops"),
    STALE_READ("stale read", "ops"),
    /** Only ours has it: a thousand documents in one request. */
    BULK("write 1000 in one request", "docs"),
    /** Only ZooKeeper has it: a value in the place of another. */
    OVERWRITE("overwrite a value", "ops");

    private final String title;
    private final String unit;

    Operation(String title, String unit) {
        this.title = title;
        this.unit = unit;
    }

    String title() {
        return title;
    }

    String unit() {
        return unit;
    }

    /** What one comes to. */
    int units() {
        return this == BULK ? BulkRequest.DOCUMENTS : 1;
    }

    boolean isRead() {
        return this == LINEARIZABLE_READ || this == STALE_READ;
    }
}
