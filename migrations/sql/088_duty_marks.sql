-- The map's layer of duties has a mark of its own: every change of what is asked makes its tiles new.
DROP TRIGGER IF EXISTS duties_touched ON duty_current;
CREATE TRIGGER duties_touched AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON duty_current
  FOR EACH STATEMENT EXECUTE FUNCTION layer_touched('duties');
