/**
 * What is wrong with this node at the moment. The parts that meet a lasting problem (a full disk, a lack of file
 * descriptors) report it here and withdraw it when it is over; {@code /_up}, the metrics and the log read it from here.
 */
@NullMarked
package archipel.health;

import org.jspecify.annotations.NullMarked;
