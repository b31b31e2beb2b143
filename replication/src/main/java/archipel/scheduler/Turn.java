package archipel.scheduler;

/** What has a place in a {@link Schedule}, which alone changes it. */
class Turn {
    /** Where a job stands. */
    enum Place {
        /** Not in the schedule. */
        APART,
        /** Waits for its turn. */
        WAITING,
        /** Has failed, and waits until it may wait for its turn. */
        RESTING,
        RUNNING,
        /** Was told to stop, and has not yet. */
        STOPPING
    }

    final String share;
    final boolean continuous;

    Place place = Place.APART;
    /** Since when it waits or runs, or until when it rests, milliseconds of the steady clock. */
    long timeMs;
    /** Which came first where times are equal. */
    long order;
    /** Whether it ran before. */
    boolean ran;
    /** Failures in a row. */
    int crashes;
    /** When it was added, started, stopped or crashed last, milliseconds of the steady clock. */
    long eventMs;

    /** @param share what takes turns with others: all that one database asks for, or one user's requests */
    Turn(String share, boolean continuous) {
        this.share = share;
        this.continuous = continuous;
    }

    final boolean isRunning() {
        return place == Place.RUNNING || place == Place.STOPPING;
    }
}
