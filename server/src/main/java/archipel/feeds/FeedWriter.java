package archipel.feeds;

import archipel.changes.Sequence;
import archipel.document.JsonBuffer;
import archipel.http.JsonStream;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts the rows of a feed into one of the four shapes that clients ask for.
 *
 * <p>For one thread at a time.
 */
public final class FeedWriter {
    /** How a feed is shaped. */
    public enum Shape {
        /** One JSON object, sent at once. */
        NORMAL,
        /** One JSON object, which waits for its first row. */
        LONGPOLL,
        /** A JSON object a line, without end. */
        CONTINUOUS,
        /** Server-sent events, without end. */
        EVENTSOURCE;

        /** Null for a name that is none. */
        public static @Nullable Shape of(String name) {
            return switch (name) {
                case "normal" -> NORMAL;
                case "longpoll" -> LONGPOLL;
                case "continuous" -> CONTINUOUS;
                case "eventsource" -> EVENTSOURCE;
                default -> null;
            };
        }

        /** Whether a feed of this shape waits for what is yet to come. */
        boolean waits() {
            return this != NORMAL;
        }

        /** Whether it goes on after the first rows. */
        boolean goesOn() {
            return this == CONTINUOUS || this == EVENTSOURCE;
        }
    }

    /** Where the text goes. */
    interface Sink {
        /** What is to be sent next; to be asked for anew after each {@link #drain} or {@link #flush}. */
        JsonBuffer buffer();

        /** Sends the buffer, if it is enough to be worth it. */
        void drain() throws IOException;

        /** Sends the buffer now. */
        void flush() throws IOException;
    }

    private final Shape shape;
    private final Sink sink;
    private long rows;
    private @Nullable Sequence anew;

    FeedWriter(Shape shape, Sink sink) {
        this.shape = shape;
        this.sink = sink;
    }

    public static FeedWriter of(Shape shape, JsonStream stream) {
        return new FeedWriter(shape, new Sink() {
            @Override
            public JsonBuffer buffer() {
                return stream.buffer();
            }

            @Override
            public void drain() throws IOException {
                stream.drain();
            }

            @Override
            public void flush() throws IOException {
                stream.flush();
            }
        });
    }

    Shape shape() {
        return shape;
    }

    /** How many rows were written. */
    long rows() {
        return rows;
    }

    /**
     * What comes before all rows.
     *
     * @param rewoundTo where the feed begins, where that is further back than the client asked for; else null
     */
    void begin(@Nullable Sequence rewoundTo) {
        JsonBuffer json = sink.buffer();
        if (rewoundTo != null) {
            json.ascii(shape == Shape.EVENTSOURCE ? "event: rewound\ndata: {" : "{");
            rewoundTo.appendTo(json.ascii("\"rewound_to\":"));
            switch (shape) {
                case NORMAL, LONGPOLL -> json.ascii(",\"results\":[\n");
                case CONTINUOUS -> json.ascii("}\n");
                case EVENTSOURCE -> json.ascii("}\n\n");
            }
        } else if (!shape.goesOn()) {
            json.ascii("{\"results\":[\n");
        }
    }

    /**
     * The feed begins anew, since its reader's position is of another history. Readers that know nothing of this find
     * it in the last row, where CouchDB's clients ignore what they do not know; an event source has none, and gets an
     * event.
     */
    void beganAnew(Sequence from) {
        anew = from;
        if (shape == Shape.EVENTSOURCE) {
            from.appendTo(sink.buffer().ascii("event: rewound\ndata: {\"rewound_to\":"))
                    .ascii("}\n\n");
        }
    }

    /** The buffer in which to put a row's JSON object, followed by {@link #endRow}. */
    public JsonBuffer beginRow() {
        JsonBuffer json = sink.buffer();
        switch (shape) {
            case NORMAL, LONGPOLL -> {
                if (rows > 0) {
                    json.ascii(",\r\n");
                }
            }
            case CONTINUOUS -> {}
            case EVENTSOURCE -> json.ascii("data: ");
        }
        rows++;
        return json;
    }

    /**
     * As {@link #beginRow()}, for a row that is no ordinary one: an event source gets it as an event of its own kind.
     *
     * @param event what the kind is called
     */
    public JsonBuffer beginRow(String event) {
        if (shape == Shape.EVENTSOURCE) {
            sink.buffer().ascii("event: ").ascii(event).ascii('\n');
        }
        return beginRow();
    }

    /**
     * @param sequence the row's, which an event source sends once more as the event's id; null for a row that has none,
     *     so that the client goes on from the one before
     */
    void endRow(JsonBuffer json, @Nullable Sequence sequence) throws IOException {
        if (shape == Shape.EVENTSOURCE && sequence != null) {
            sequence.appendTo(json.ascii("\nid: "));
        }
        endRow(json);
    }

    /** @param id the row's, by which an event source that connects again goes on */
    public void endRow(JsonBuffer json, String id) throws IOException {
        if (shape == Shape.EVENTSOURCE) {
            json.ascii("\nid: ").ascii(id);
        }
        endRow(json);
    }

    private void endRow(JsonBuffer json) throws IOException {
        switch (shape) {
            case NORMAL, LONGPOLL -> {}
            case CONTINUOUS -> json.ascii('\n');
            case EVENTSOURCE -> json.ascii("\n\n");
        }
        sink.drain();
    }

    /** An empty line, so that a client which has nothing to read yet hears at once that it was understood. */
    void greet() {
        sink.buffer().ascii('\n');
    }

    /** Shows the client that the feed lives. */
    void heartbeat() throws IOException {
        sink.buffer().ascii(shape == Shape.EVENTSOURCE ? "event: heartbeat\ndata: \n\n" : "\n");
        sink.flush();
    }

    /**
     * The end of the feed.
     *
     * @param pending how many changes are left; below zero where the feed does not say
     */
    void end(Sequence last, long pending) {
        end(json -> last.appendTo(json.ascii("\"last_seq\":")), pending);
    }

    /**
     * As {@link #end(Sequence, long)}, for feeds that count in something else.
     *
     * @param position writes a member that says how far the feed came
     */
    public void end(Consumer<JsonBuffer> position, long pending) {
        JsonBuffer json = sink.buffer();
        switch (shape) {
            case NORMAL, LONGPOLL -> endObject(json.ascii("\n],\n"), position, pending);
            case CONTINUOUS -> endObject(json.ascii('{'), position, pending);
            case EVENTSOURCE -> {}
        }
    }

    private void endObject(JsonBuffer json, Consumer<JsonBuffer> position, long pending) {
        position.accept(json);
        if (pending >= 0) {
            json.ascii(",\"pending\":").number(pending);
        }
        if (anew != null) {
            anew.appendTo(json.ascii(",\"rewound_to\":"));
        }
        json.ascii("}\n");
    }

    /** Sends what was written so far, to a client that waits for it. */
    void flush() throws IOException {
        sink.flush();
    }
}
