package archipel.consensus;

import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Who takes part in a group, by name.
 *
 * @param voters who elect and are elected, and of whom a majority has each entry before it counts
 * @param observers who follow without a vote
 */
public record Membership(SortedSet<String> voters, SortedSet<String> observers) {
    public Membership {
        voters = new TreeSet<>(voters);
        observers = new TreeSet<>(observers);
    }

    /** How many voters a majority is. */
    public int quorum() {
        return voters.size() / 2 + 1;
    }
}
