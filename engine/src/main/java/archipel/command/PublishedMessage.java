package archipel.command;

/**
 * A message as a topic has it.
 *
 * @param number in its topic, greater than those of all before it, also of a topic of that name that was dropped
 * @param repeated whether it had been published before, with the same key
 */
public record PublishedMessage(long number, boolean repeated) {}
