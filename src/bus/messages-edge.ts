/*
 * Generated from contracts/*.schema.json; do not edit. To make it again after a contract has changed:
 * npx vitest run test/bus/messages.test.ts -u
 */
/** What every message of edge.command has. */
export interface EdgeCommandFrame {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** The module that gives the order. */
  readonly source: string;
  /** This order. */
  readonly command_id: string;
  /** The edge device concerned: lower-case letters, digits and hyphens. */
  readonly device_id: string;
  /** How urgent it is. */
  readonly priority?: 'NORMAL' | 'HIGH' | 'EMERGENCY';
  /** After this moment the device ignores the order. */
  readonly expires_at?: string;
}

/** Where to, how fast, how long. */
export interface EdgeCommandMove {
  /** Where to. */
  readonly direction: 'forward' | 'backward' | 'left' | 'right';
  /** Share of full speed. */
  readonly speed: number;
  /** How long, in milliseconds; half a minute at most. */
  readonly duration_ms: number;
}

/** An empty object will do. */
export interface EdgeCommandStop {
  /** Why, for the log. */
  readonly reason?: string;
}

/** What to calibrate. */
export interface EdgeCommandCalibrate {
  /** What to calibrate. */
  readonly calibration_type: 'servos' | 'imu' | 'full';
}

/** Always empty. */
export type EdgeCommandStatus = Readonly<Record<string, never>>;

/** An order to a device at the edge. What may stand in `parameters` follows from `command_type`; leaving `parameters` out is always allowed. */
export type EdgeCommand = EdgeCommandFrame &
  (
    | { readonly command_type: 'MOVE'; readonly parameters?: EdgeCommandMove }
    | { readonly command_type: 'STOP'; readonly parameters?: EdgeCommandStop }
    | { readonly command_type: 'CALIBRATE'; readonly parameters?: EdgeCommandCalibrate }
    | { readonly command_type: 'STATUS'; readonly parameters?: EdgeCommandStatus }
  );

/** How a device at the edge is doing as a whole. */
export interface EdgeHealth {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** The edge agent that sent this, named after its device. */
  readonly source: string;
  /** This report. */
  readonly health_id: string;
  /** The edge device concerned: lower-case letters, digits and hyphens. */
  readonly device_id: string;
  /** What the device is doing. */
  readonly state: 'RUNNING' | 'IDLE' | 'SAFE_MODE' | 'ERROR' | 'OFFLINE';
  /** Seconds since it was switched on. */
  readonly uptime_seconds: number;
  /** Whom it can reach. */
  readonly connection_status: {
    /** True while the MQTT broker answers. */
    readonly mqtt_connected: boolean;
    /** True while Redis answers. */
    readonly redis_connected: boolean;
    /** When it last heard from the brain; null when it never has. */
    readonly last_brain_contact: string | null;
  };
  /** Whether it may move. */
  readonly safety_state: {
    /** True while the dead man's switch keeps it still. */
    readonly dead_man_switch_active: boolean;
    /** Milliseconds until the watchdog stops it. */
    readonly watchdog_remaining_ms: number;
    /** True when it stands where it can do no harm. */
    readonly in_safe_position: boolean;
  };
  /** The last order it received. */
  readonly last_command_id?: string;
  /** What is wrong, for a person. */
  readonly errors?: readonly string[];
}

/** What every message of edge.telemetry has. */
export interface EdgeTelemetryFrame {
  /** The version of this contract. */
  readonly version: '1.0';
  /** When the sender made this message. */
  readonly timestamp: string;
  /** The edge agent that sent this, named after its device. */
  readonly source: string;
  /** This reading. */
  readonly telemetry_id: string;
  /** The edge device concerned: lower-case letters, digits and hyphens. */
  readonly device_id: string;
}

/** Where the device is and which way it looks. */
export interface EdgeTelemetryPosition {
  /** Along the first axis. */
  readonly x: number;
  /** Along the second axis. */
  readonly y: number;
  /** Along the third axis. */
  readonly z: number;
  /** Degrees. */
  readonly heading: number;
}

/** How much power is left. */
export interface EdgeTelemetryBattery {
  /** Percent. */
  readonly level: number;
  /** Volts. */
  readonly voltage: number;
  /** True on the charger. */
  readonly charging: boolean;
}

/** How warm it is inside, in degrees Celsius. */
export interface EdgeTelemetryTemperature {
  /** Of the processor. */
  readonly cpu_temp: number;
  /** Of the motors. */
  readonly motor_temp: number;
}

/** How one servo stands. */
export interface EdgeTelemetryServoStatus {
  /** Its number. */
  readonly servo_id: number;
  /** Degrees. */
  readonly angle: number;
  /** Share of full load. */
  readonly load: number;
}

/** How well the device is connected. */
export interface EdgeTelemetryNetwork {
  /** True while it has a link. */
  readonly connected: boolean;
  /** Round trip, in milliseconds. */
  readonly latency_ms: number;
  /** When it was last heard. */
  readonly last_heartbeat: string;
}

/** One reading of one instrument of a device at the edge. What `value` holds follows from `telemetry_type`. */
export type EdgeTelemetry = EdgeTelemetryFrame &
  (
    | { readonly telemetry_type: 'POSITION'; readonly value: EdgeTelemetryPosition }
    | { readonly telemetry_type: 'BATTERY'; readonly value: EdgeTelemetryBattery }
    | { readonly telemetry_type: 'TEMPERATURE'; readonly value: EdgeTelemetryTemperature }
    | { readonly telemetry_type: 'SERVO_STATUS'; readonly value: EdgeTelemetryServoStatus }
    | { readonly telemetry_type: 'NETWORK'; readonly value: EdgeTelemetryNetwork }
  );
