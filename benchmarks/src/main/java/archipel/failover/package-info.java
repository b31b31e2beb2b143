/**
 * An ensemble whose leader fails: for how long no write is acknowledged. {@link archipel.failover.FailoverDriver} is
 * where it starts.
 */
@NullMarked
package archipel.failover;

import org.jspecify.annotations.NullMarked;
