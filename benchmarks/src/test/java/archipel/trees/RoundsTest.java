package archipel.trees;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RoundsTest {
    private final Rounds rounds = new Rounds();

    private void add(String what, String system, int... milliseconds) {
        Latencies taken = new Latencies();
        for (int each : milliseconds) {
            taken.add(each * 1_000_000L);
        }
        rounds.add(what, system, taken);
    }

    @Test
    void toString_roundsOfTwoSystemsInTurn_areOneRowEach() {
        add("watch", "ours", 1, 2, 3);
        add("watch", "theirs", 5);
        add("watch", "theirs", 7);
        add("watch", "ours", 4, 4, 4);
        add("lock", "ours", 9);
        assertEquals("""
                | what  | system | count | p50 ms | p90 ms | p99 ms | max ms | p50 of each round, ms |
                | ----- | ------ | ----: | -----: | -----: | -----: | -----: | --------------------: |
                | watch | ours   |     6 |   3.00 |   4.00 |   4.00 |   4.00 |            2.00; 4.00 |
                | watch | theirs |     2 |   5.00 |   7.00 |   7.00 |   7.00 |            5.00; 7.00 |
                | lock  | ours   |     1 |   9.00 |   9.00 |   9.00 |   9.00 |                  9.00 |
                """, rounds.toString());
    }
}
