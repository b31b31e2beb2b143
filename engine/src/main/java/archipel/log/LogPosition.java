package archipel.log;

/**
 * Where a command stands in its group's order.
 *
 * @param index from 1, without a command where one came to nothing; 0 before the first
 * @param term the leadership under which the command was appended; terms only grow along the order
 */
public record LogPosition(long index, long term) {
    public static final LogPosition START = new LogPosition(0, 0);
}
