package archipel.ends;

import archipel.document.Revision;
import java.util.ArrayList;
import java.util.List;

/**
 * What a target did with a write.
 *
 * @param written how many revisions are stored, those that were there already too
 */
public record WriteReport(int written, List<Refusal> refusals) {
    /** A revision that the target refuses for good, such as by a validation function. */
    public record Refusal(String id, String revision, String error, String reason) {}

    public static WriteReport stored(int documents) {
        return new WriteReport(documents, List.of());
    }

    public static WriteReport refused(String id, Revision revision, BatchRefusedException why) {
        return new WriteReport(0, List.of(new Refusal(id, revision.toString(), why.error(), why.reason())));
    }

    public WriteReport plus(WriteReport other) {
        List<Refusal> both = new ArrayList<>(refusals);
        both.addAll(other.refusals);
        return new WriteReport(written + other.written, both);
    }
}
