package archipel.testimony;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Holds all promises against a record. Pure: the record is all that it knows. */
public final class Analyser {
    private Analyser() {}

    /**
     * @param fresh whether every answer must show what was seen by anybody before it was asked for, as one node or a
     *     linearizable ensemble promises; otherwise only requests that name a block are held to it
     */
    public static Report analyse(Recording recording, boolean fresh) {
        Findings findings = new Findings();
        Attempts attempts = new Attempts();
        Timeline timeline = new Timeline(findings);
        VersionProof versions = new VersionProof(findings, attempts, timeline);
        List<Proof> proofs = List.of(
                attempts,
                new OrderProof(findings, fresh),
                new HashProof(findings, attempts),
                new PinProof(findings),
                new ReaderProof(findings),
                versions,
                new ListingProof(findings, attempts, versions),
                new AtomicProof(findings, attempts, timeline),
                new FeedProof(findings, attempts),
                new RepeatProof(findings));
        recording.each((event, line) -> proofs.forEach(proof -> proof.gather(event, line)));
        proofs.forEach(Proof::gathered);
        recording.each((event, line) -> proofs.forEach(proof -> proof.examine(event, line)));
        proofs.forEach(Proof::conclude);
        Map<String, Long> figures = new LinkedHashMap<>();
        proofs.forEach(proof -> figures.putAll(proof.figures()));
        return new Report(figures, findings.counts(), findings.first());
    }
}
