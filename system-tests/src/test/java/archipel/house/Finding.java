package archipel.house;

/**
 * One place that breaks a rule.
 *
 * @param file relative to the checkout, with slashes
 * @param line from 1
 * @param what is there
 * @param instead what should be there
 */
record Finding(String file, long line, String what, String instead) {
    @Override
    public String toString() {
        return file + ":" + line + ": " + what + ", use " + instead;
    }
}
