/** JMH benchmarks of the parts that every write or read goes through. They are short: seconds, not minutes. */
@NullMarked
package archipel.micro;

import org.jspecify.annotations.NullMarked;
