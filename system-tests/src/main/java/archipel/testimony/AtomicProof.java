package archipel.testimony;

import archipel.testimony.Timeline.Version;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An atomic write is seen whole or not at all: there is no block at which one of its documents has it, and a later one
 * at which another does not. Holds for acknowledged ones and for those without an answer that showed up; what was
 * refused must not show, which {@link VersionProof} sees to.
 */
final class AtomicProof implements Proof {
    private final Findings findings;
    private final Attempts attempts;
    private final Timeline timeline;
    private long whole;
    private long refused;
    private long unanswered;

    AtomicProof(Findings findings, Attempts attempts, Timeline timeline) {
        this.findings = findings;
        this.attempts = attempts;
        this.timeline = timeline;
    }

    @Override
    public void conclude() {
        for (Attempts.Attempt attempt : attempts.all()) {
            if (attempt.write().atomic()) {
                judge(attempt);
            }
        }
    }

    private void judge(Attempts.Attempt attempt) {
        long accepted = attempt.write().edits().stream()
                .filter(edit -> edit.outcome() == Edit.Outcome.ACCEPTED)
                .count();
        if (accepted > 0 && accepted < attempt.write().edits().size()) {
            findings.add("atomic", attempt.line(), attempt.write().token() + " was accepted in part");
        }
        boolean unknown = attempt.write().edits().stream().anyMatch(edit -> edit.outcome() == Edit.Outcome.UNKNOWN);
        if (accepted == 0 && !unknown) {
            refused++;
            return;
        }
        if (accepted == 0 && !hasShown(attempt)) {
            return;
        }
        unanswered += accepted == 0 ? 1 : 0;
        whole++;
        split(attempt);
    }

    private boolean hasShown(Attempts.Attempt attempt) {
        for (Edit edit : attempt.write().edits()) {
            Version version = timeline.versions(edit.id()).get(edit.version());
            if (version != null && attempt.write().token().equals(version.token)) {
                return true;
            }
        }
        return false;
    }

    private void split(Attempts.Attempt attempt) {
        long lastWithout = -1;
        long firstWith = Long.MAX_VALUE;
        String without = "";
        String with = "";
        for (Edit edit : attempt.write().edits()) {
            long before = lastBefore(edit);
            if (before > lastWithout) {
                lastWithout = before;
                without = edit.id();
            }
            for (Version version :
                    timeline.versions(edit.id()).tailMap(edit.version(), true).values()) {
                if (version.first < firstWith) {
                    firstWith = version.first;
                    with = edit.id();
                }
            }
        }
        if (lastWithout >= firstWith) {
            findings.add(
                    "atomic",
                    attempt.line(),
                    attempt.write().token() + " shows in " + with + " at block " + firstWith + " and not in " + without
                            + " at block " + lastWithout);
        }
    }

    /** The last block at which the document was seen as it was before the edit. */
    private long lastBefore(Edit edit) {
        long last = -1;
        boolean everDeleted = false;
        for (Map.Entry<Long, Version> entry : timeline.versions(edit.id()).entrySet()) {
            everDeleted |= entry.getValue().deleted;
            if (entry.getKey() < edit.version()) {
                last = Math.max(last, entry.getValue().last);
            }
        }
        // That it was not there means that it was not yet there, where nobody ever tried to delete it.
        boolean yet = !everDeleted && !attempts.mayBeDeleted(edit.id(), 0, Long.MAX_VALUE);
        return yet ? Math.max(last, timeline.lastAbsent(edit.id())) : last;
    }

    @Override
    public Map<String, Long> figures() {
        Map<String, Long> figures = new LinkedHashMap<>();
        figures.put("atomic writes that are whole at every block seen", whole);
        figures.put("atomic writes that were refused", refused);
        if (unanswered > 0) {
            figures.put("atomic writes without an answer that took place", unanswered);
        }
        return figures;
    }
}
