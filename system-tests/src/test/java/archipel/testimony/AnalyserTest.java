package archipel.testimony;

import static archipel.testimony.Tale.block;
import static archipel.testimony.Tale.change;
import static archipel.testimony.Tale.done;
import static archipel.testimony.Tale.gone;
import static archipel.testimony.Tale.link;
import static archipel.testimony.Tale.pin;
import static archipel.testimony.Tale.refused;
import static archipel.testimony.Tale.row;
import static archipel.testimony.Tale.unknown;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Records that are as they must be, each a step away from one that is not. */
final class AnalyserTest {
    private final Tale tale = new Tale();

    private void assertBroken(String... rules) {
        assertEquals(List.of(rules), tale.broken(), () -> tale.report().toString());
    }

    @Test
    void analyse_nothing_isCleanAndProvesNothing() {
        assertBroken();
        assertEquals(
                tale.report().figures().keySet(),
                java.util.Set.copyOf(tale.report().unproved()));
    }

    @Test
    void order_atLeastABlock_isThatOrLater() {
        tale.document("p", new Ask.AtLeast(0), block(5), row("a", 1, "w.0"));
        tale.write(block(6), "w.1", done("a", 2, "w.1"));
        tale.unanswered("w.0", false, unknown("a", 1, false));
        tale.document("p", new Ask.AtLeast(6), block(6), row("a", 2, "w.1"));
        assertBroken();
        tale.read("p", new Ask.AtLeast(7), block(6), new Seen.Again());
        assertBroken("older than asked");
    }

    @Test
    void order_blockOlderThanWhatAnotherHadSeen_isFound() {
        tale.read("p", Ask.LATEST, block(5), new Seen.Again());
        tale.read("q", Ask.LATEST, block(5), new Seen.Again());
        assertBroken();
        tale.read("q", Ask.LATEST, block(4), new Seen.Again());
        assertBroken("went back");
        assertEquals(
                List.of(),
                List.copyOf(Analyser.analyse(Recording.of(tale.events()), false)
                        .counts()
                        .keySet()));
    }

    @Test
    void order_requestsAtTheSameTime_mayEndInAnyOrder() {
        long before = tale.now();
        tale.read("p", Ask.LATEST, block(5), new Seen.Again());
        tale.begun(before).read("q", Ask.LATEST, block(4), new Seen.Again());
        assertBroken();
    }

    @Test
    void order_writeInABlockThatWasThere_isFound() {
        tale.read("p", Ask.LATEST, block(5), new Seen.Again());
        tale.write(block(5), "w.1", done("a", 1, "w.1"));
        assertBroken("went back");
    }

    @Test
    void order_readerWhoseBlocksFall_isFoundEvenAmongReplicas() {
        tale.read("p", new Ask.AtLeast(1), block(5), new Seen.Again());
        tale.read("p", new Ask.AtLeast(1), block(4), new Seen.Again());
        assertEquals(
                List.of("reader went back"),
                List.copyOf(Analyser.analyse(Recording.of(tale.events()), false)
                        .counts()
                        .keySet()));
    }

    @Test
    void order_seenBlockThatIsNotReached_isFound() {
        tale.refusal("q", new Ask.AtLeast(5), 503, "block_not_reached", 0L);
        tale.read("p", Ask.LATEST, block(5), new Seen.Again());
        assertBroken();
        tale.refusal("q", new Ask.AtLeast(5), 503, "block_not_reached", 0L);
        assertBroken("block lost");
    }

    @Test
    void order_successWithoutABlock_isFound() {
        tale.event("p", "GET", Ask.LATEST, 200, null, null, "d", new Seen.Again());
        assertBroken("no block");
    }

    @Test
    void order_linesOutOfOrder_areFound() {
        tale.read("p", Ask.LATEST, block(1), new Seen.Again());
        List<Event> events = List.of(tale.events().getFirst(), tale.events().getFirst());
        assertEquals(
                List.of("record"),
                List.copyOf(
                        Analyser.analyse(Recording.of(events), true).counts().keySet()));
    }

    @Test
    void hash_numberWithTwoHashes_isFound() {
        tale.read("p", Ask.LATEST, block(5), new Seen.Again());
        assertBroken();
        tale.read("q", Ask.LATEST, new Block(5, "0xother"), new Seen.Again());
        assertBroken("two histories");
    }

    @Test
    void chain_linksThatFollow_areClean() {
        tale.write(block(2), "w.1", done("a", 1, "w.1"), done("b", 1, "w.1"));
        tale.chain(link(1, 1, 1), link(2, 2, 2)).chain(link(2, 2, 2), link(3, 4, 1));
        assertBroken();
        tale.chain(link(4, 9, 1));
        assertBroken("chain");
    }

    @Test
    void chain_blockWithChangesOfNoWrite_isFound() {
        tale.write(block(2), "w.1", done("a", 1, "w.1")).chain(link(2, 2, 2));
        assertBroken("chain");
    }

    @Test
    void chain_otherParent_isFound() {
        tale.chain(link(1, 1, 1), new Seen.Chain.Link(2, block(2).hash(), "0xother", 2, 2, 1));
        assertBroken("chain");
    }

    @Test
    void chain_gapWithinAnAnswer_isFound() {
        tale.chain(link(1, 1, 1), link(3, 3, 1));
        assertBroken("chain");
    }

    @Test
    void pin_otherBlockThanAsked_isFound() {
        tale.read("p", pin(5), block(5), new Seen.Again()).read("p", new Ask.Pinned("5"), block(5), new Seen.Again());
        assertBroken();
        tale.read("p", pin(5), block(6), new Seen.Again()).read("p", new Ask.Pinned("4"), block(6), new Seen.Again());
        assertBroken("other block");
    }

    @Test
    void pin_blockThatWasSeenAndIsUnknown_isFound() {
        tale.refusal("p", pin(5), 404, "block_unknown", 0L);
        tale.read("p", Ask.LATEST, block(5), new Seen.Again());
        assertBroken();
        tale.refusal("p", pin(5), 404, "block_unknown", 0L);
        assertBroken("block lost");
    }

    @Test
    void pin_blockBelowTheHorizon_staysThere() {
        tale.read("p", new Ask.Pinned("5"), block(5), new Seen.Again());
        tale.refusal("p", new Ask.Pinned("5"), 410, "block_pruned", 7L);
        tale.read("p", pin(7), block(7), new Seen.Again());
        tale.read("p", pin(5), block(5), new Seen.Chain(List.of(link(5, 9, 1))));
        assertBroken();
        tale.read("p", pin(5), block(5), new Seen.Again());
        assertBroken("horizon");
    }

    @Test
    void pin_refusalOfABlockAboveTheHorizon_isFound() {
        tale.refusal("p", new Ask.Pinned("5"), 410, "block_pruned", 5L);
        assertBroken("horizon");
    }

    @Test
    void pin_errorOfTheServer_isFound() {
        tale.refusal("p", Ask.LATEST, 500, "internal", null);
        assertBroken("error");
    }

    @Test
    void reader_counterThatFalls_isFound() {
        tale.write(block(1), "w.1", done("a", 1, "w.1")).write(block(2), "w.2", done("a", 2, "w.2"));
        tale.document("p", new Ask.AtLeast(1), block(2), row("a", 2, "w.2"));
        tale.document("q", new Ask.AtLeast(0), block(2), row("a", 2, "w.2"));
        assertBroken();
        // The header lies, the counter does not.
        tale.document("p", new Ask.AtLeast(2), block(2), row("a", 1, "w.1"));
        assertBroken("counter went back", "write lost");
    }

    @Test
    void version_acknowledgedWrite_isThereFromItsBlockOn() {
        tale.write(block(1), "w.1", done("a", 1, "w.1")).write(block(4), "w.2", done("a", 2, "w.2"));
        tale.document("p", pin(3), block(3), row("a", 1, "w.1"));
        tale.missing("p", pin(0), block(0), "a");
        assertBroken();
        tale.document("p", pin(4), block(4), row("a", 1, "w.1"));
        assertBroken("write lost");
    }

    @Test
    void version_writeReadBeforeItsBlock_isFound() {
        tale.write(block(4), "w.1", done("a", 1, "w.1")).document("p", pin(3), block(3), row("a", 1, "w.1"));
        assertBroken("before its block");
    }

    @Test
    void version_acknowledgedWriteThatIsNotThere_isFound() {
        tale.write(block(1), "w.1", done("a", 1, "w.1")).missing("p", Ask.LATEST, block(2), "a");
        assertBroken("write lost");
    }

    @Test
    void version_deletion_explainsThatItIsNotThere() {
        tale.write(block(1), "w.1", done("a", 1, "w.1")).write(block(2), "w.2", gone("a", 2, "w.2"));
        tale.missing("p", Ask.LATEST, block(2), "a").missing("p", Ask.LATEST, block(3), "a");
        assertBroken();
        tale.missing("p", pin(1), block(1), "a");
        assertBroken("write lost");
    }

    @Test
    void version_deletionWithoutAnAnswer_mayExplainIt() {
        tale.write(block(1), "w.1", done("a", 1, "w.1"));
        tale.unanswered("w.2", false, unknown("a", 2, true));
        tale.missing("p", Ask.LATEST, block(3), "a");
        assertBroken();
        tale.write(block(4), "w.3", done("a", 2, "w.3"));
        assertBroken("write lost");
    }

    @Test
    void version_deletionUndone_isFound() {
        tale.write(block(1), "w.1", done("a", 1, "w.1")).write(block(2), "w.2", gone("a", 2, "w.2"));
        tale.document("p", Ask.LATEST, block(3), row("a", 1, "w.1"));
        assertBroken("write lost");
    }

    @Test
    void version_writeWithoutAnAnswer_mayShow() {
        tale.unanswered("w.1", false, unknown("a", 1, false));
        tale.document("p", Ask.LATEST, block(3), row("a", 1, "w.1"));
        assertBroken();
    }

    @Test
    void version_refusedWriteThatShows_isFound() {
        tale.write(block(3), "w.1", refused("a", 1)).document("p", Ask.LATEST, block(3), row("a", 1, "w.1"));
        assertBroken("refused write");
    }

    @Test
    void version_ofNobody_isFound() {
        tale.document("p", Ask.LATEST, block(3), row("a", 1, "w.1"));
        assertBroken("nobody's write");
    }

    @Test
    void version_bodyOfAnother_isFound() {
        tale.write(block(1), "w.1", done("a", 1, "w.1")).write(block(2), "w.2", done("a", 2, "w.2"));
        tale.document("p", pin(1), block(1), new Row("a", Tale.rev(1, "w.1"), 2L, "w.2", false));
        assertBroken("nobody's write", "wrong body");
    }

    @Test
    void version_twoRevisionsOfOneGeneration_areFound() {
        tale.write(block(1), "w.1", done("a", 1, "w.1")).write(block(2), "w.2", done("a", 1, "w.2"));
        assertBroken("two versions");
    }

    @Test
    void feed_everyChange_comes() {
        tale.write(block(1), "w.1", done("a", 1, "w.1"));
        tale.feed("p", Ask.LATEST, block(1), "0", "1-x", change(1, row("a", 1, "w.1")));
        tale.write(block(2), "w.2", done("b", 1, "w.2"));
        tale.feed("p", Ask.LATEST, block(2), "1-x", "2-x", change(2, row("b", 1, "w.2")));
        assertBroken();
        tale.write(block(3), "w.3", done("a", 2, "w.3"));
        tale.feed("p", Ask.LATEST, block(3), "2-x", "3-x");
        assertBroken("feed skipped");
    }

    @Test
    void feed_seqOfTwoChanges_isFound() {
        tale.write(block(1), "w.1", done("a", 1, "w.1")).write(block(2), "w.2", done("b", 1, "w.2"));
        tale.feed("p", pin(1), block(1), "0", "1-x", change(1, row("a", 1, "w.1")));
        assertBroken();
        tale.feed("q", pin(2), block(2), "0", "2-x", change(1, row("b", 1, "w.2")), change(2, row("a", 1, "w.1")));
        assertBroken("feed");
    }

    @Test
    void feed_rowsOutOfOrder_areFound() {
        tale.write(block(1), "w.1", done("a", 1, "w.1")).write(block(2), "w.2", done("b", 1, "w.2"));
        tale.feed("q", pin(2), block(2), "0", "2-x", change(2, row("b", 1, "w.2")), change(1, row("a", 1, "w.1")));
        assertBroken("feed");
    }

    @Test
    void repeat_otherBytesOrETag_areFound() {
        tale.bytes("GET /a?block=" + block(1).hash(), pin(1), block(1), "d1", "e1");
        tale.bytes("GET /a?block=1", new Ask.Pinned("1"), block(1), "d1", "e2");
        tale.bytes("GET /a?block=1", new Ask.Pinned("1"), block(1), "d1", "e2");
        assertBroken();
        tale.bytes("GET /a?block=1", new Ask.Pinned("1"), block(1), "d1", "e3");
        assertBroken("other ETag");
        tale.bytes("GET /a?block=" + block(1).hash(), pin(1), block(1), "d2", "e1");
        assertBroken("other ETag", "other bytes");
    }
}
