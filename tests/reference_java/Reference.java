import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;

/**
 * Answers one operation a line: a name and its operands, separated by tabs, to one line with the result.
 *
 * Dates, times and durations are written as in OData; a duration is answered in microseconds.
 */
public final class Reference {
    private static final MathContext DIGITS = new MathContext(28, RoundingMode.HALF_EVEN);
    private static final long MICROS_PER_SECOND = 1_000_000;

    private Reference() {
    }

    public static void main(String[] arguments) throws IOException {
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            output.println(answer(line.split("\t")));
        }
    }

    private static Object answer(String[] parts) {
        String first = parts[1];
        String second = parts.length > 2 ? parts[2] : "";
        switch (parts[0]) {
            case "date add": return date(first).atStartOfDay().plus(duration(second)).toLocalDate();
            case "date sub": return date(first).atStartOfDay().minus(duration(second)).toLocalDate();
            case "date sub date": return ChronoUnit.DAYS.between(date(second), date(first)) * 86_400 * MICROS_PER_SECOND;
            case "date compare": return Integer.signum(date(first).compareTo(date(second)));
            case "date year": return date(first).getYear();
            case "date month": return date(first).getMonthValue();
            case "date day": return date(first).getDayOfMonth();

            case "moment add": return moment(first).plus(duration(second));
            case "moment sub": return moment(first).minus(duration(second));
            case "moment sub moment": return micros(Duration.between(moment(second), moment(first)));
            case "moment compare": return Integer.signum(moment(first).toInstant().compareTo(moment(second).toInstant()));
            case "moment year": return moment(first).getYear();
            case "moment month": return moment(first).getMonthValue();
            case "moment day": return moment(first).getDayOfMonth();
            case "moment hour": return moment(first).getHour();
            case "moment minute": return moment(first).getMinute();
            case "moment second": return moment(first).getSecond();
            case "moment fractionalseconds": return BigDecimal.valueOf(moment(first).getNano(), 9);
            case "moment totaloffsetminutes": return moment(first).getOffset().getTotalSeconds() / 60;
            case "moment date": return moment(first).toLocalDate();
            case "moment time": return moment(first).toLocalTime();

            case "time hour": return LocalTime.parse(first).getHour();
            case "time minute": return LocalTime.parse(first).getMinute();
            case "time second": return LocalTime.parse(first).getSecond();
            case "time fractionalseconds": return BigDecimal.valueOf(LocalTime.parse(first).getNano(), 9);
            case "time compare": return Integer.signum(LocalTime.parse(first).compareTo(LocalTime.parse(second)));

            case "duration add": return micros(duration(first).plus(duration(second)));
            case "duration sub": return micros(duration(first).minus(duration(second)));
            case "duration mul": return whole(decimal(micros(duration(first))).multiply(decimal(second)));
            case "duration div": return whole(decimal(micros(duration(first))).divide(decimal(second), 40, RoundingMode.HALF_EVEN));
            case "duration negate": return micros(duration(first).negated());
            case "duration totalseconds": return decimal(micros(duration(first))).movePointLeft(6);
            case "duration compare": return Integer.signum(duration(first).compareTo(duration(second)));

            case "decimal add": return decimal(first).add(decimal(second)).toPlainString();
            case "decimal sub": return decimal(first).subtract(decimal(second)).toPlainString();
            case "decimal mul": return decimal(first).multiply(decimal(second)).toPlainString();
            case "decimal div": return decimal(first).divide(decimal(second), DIGITS).toPlainString();
            case "decimal mod": return decimal(first).remainder(decimal(second)).toPlainString();
            case "decimal compare": return Integer.signum(decimal(first).compareTo(decimal(second)));
            case "decimal round": return decimal(first).setScale(0, RoundingMode.HALF_UP);
            case "decimal floor": return decimal(first).setScale(0, RoundingMode.FLOOR);
            case "decimal ceiling": return decimal(first).setScale(0, RoundingMode.CEILING);

            case "double round": return exact(first).setScale(0, RoundingMode.HALF_UP);
            case "double floor": return exact(first).setScale(0, RoundingMode.FLOOR);
            case "double ceiling": return exact(first).setScale(0, RoundingMode.CEILING);

            case "integer add": return new BigInteger(first).add(new BigInteger(second));
            case "integer sub": return new BigInteger(first).subtract(new BigInteger(second));
            case "integer mul": return new BigInteger(first).multiply(new BigInteger(second));
            case "integer div": return new BigInteger(first).divide(new BigInteger(second));
            case "integer mod": return new BigInteger(first).remainder(new BigInteger(second));
            default: throw new IllegalArgumentException(parts[0]);
        }
    }

    private static LocalDate date(String text) {
        return LocalDate.parse(text);
    }

    private static OffsetDateTime moment(String text) {
        return OffsetDateTime.parse(text);
    }

    private static Duration duration(String text) {
        return Duration.parse(text);
    }

    private static String micros(Duration duration) {
        return decimal(duration.getSeconds()).movePointRight(6).add(decimal(duration.getNano() / 1000)).toPlainString();
    }

    private static BigDecimal decimal(Object text) {
        return new BigDecimal(text.toString());
    }

    /** The exact value of a binary floating point number. */
    private static BigDecimal exact(String text) {
        return new BigDecimal(Double.parseDouble(text));
    }

    private static BigInteger whole(BigDecimal number) {
        return number.setScale(0, RoundingMode.HALF_EVEN).toBigIntegerExact();
    }
}
