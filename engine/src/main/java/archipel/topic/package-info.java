/**
 * Topics: messages in one order for every subscriber on every node of an ensemble, for as long as a topic's retention
 * keeps them. The system group knows which topics there are; the messages are rows of a data group.
 */
@NullMarked
package archipel.topic;

import org.jspecify.annotations.NullMarked;
