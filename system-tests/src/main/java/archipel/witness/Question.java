package archipel.witness;

import archipel.testimony.Ask;
import archipel.testimony.Seen;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request to be sent, and how its answer is understood.
 *
 * @param path with parameters, below the database, beginning with a slash; empty for the database itself
 * @param body null for none
 * @param reading makes of a success, or of a plain "not found", what goes into the record
 */
record Question(
        String method, String path, @Nullable String body, Ask ask, Map<String, String> headers, Reading reading) {
    /** Understands an answer. */
    @FunctionalInterface
    interface Reading {
        Seen read(Answer answer);

        /** Whether it is more than a refusal, though no success. */
        default boolean understands(Answer answer) {
            return false;
        }
    }

    /** Only the bytes of the answer count, also where they say that there is no such document. */
    private record Bytes() implements Reading {
        @Override
        public Seen read(Answer answer) {
            return new Seen.Again();
        }

        @Override
        public boolean understands(Answer answer) {
            return Readings.isMissing(answer);
        }
    }

    static Question get(String path, Ask ask, Reading reading) {
        return new Question("GET", path, null, ask, Map.of(), reading).asking(false);
    }

    /** With a path that names a block by itself. */
    static Question naming(String path, Ask.Pinned ask, Reading reading) {
        return new Question("GET", path, null, ask, Map.of(), reading);
    }

    /** A POST that reads. */
    static Question post(String path, String body, Ask ask, Reading reading) {
        return new Question("POST", path, body, ask, Map.of(), reading).asking(false);
    }

    /** With the least block in a header and no longer in the parameters. */
    private Question asking(boolean inHeader) {
        String name = path.contains("?") ? "&" : "?";
        return switch (ask) {
            case Ask.Latest _ -> this;
            case Ask.AtLeast(long number) when inHeader -> with("Archipel-Min-Block", Long.toString(number));
            case Ask.AtLeast(long number) -> at(path + name + "min_block=" + number);
            case Ask.Pinned(String block) -> at(path + name + "block=" + block);
        };
    }

    /** The same request, with what it asks of the block in a header. Only for one that asks for a least block. */
    static Question getWithHeader(String path, Ask.AtLeast ask, Reading reading) {
        return new Question("GET", path, null, ask, Map.of(), reading).asking(true);
    }

    private Question at(String other) {
        return new Question(method, other, body, ask, headers, reading);
    }

    Question with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Question(method, path, body, ask, more, reading);
    }

    /** The same request, of whose answer only the bytes count. */
    Question again() {
        return new Question(method, path, body, ask, Map.of(), new Bytes());
    }

    /** As it stands in the record. */
    String text() {
        return method + " " + path + (body == null ? "" : " " + body);
    }
}
