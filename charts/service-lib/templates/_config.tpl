{{/* The settings that are no secrets, alike for both roles of a service. */}}
{{- define "naru.config" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .name }}
  labels: {{- include "naru.labels" . | nindent 4 }}
data: {{- include "naru.configData" . | nindent 2 }}
{{- end }}

{{- define "naru.configData" -}}
{{- $global := .root.Values.global -}}
{{- $data := dict "HTTP_PORT" (toString .topology.port) -}}
{{- if has "kafka" .topology.needs -}}
{{- $_ := set $data "KAFKA_BROKERS" (include "naru.kafkaBootstrap" .) -}}
{{- $_ := set $data "KAFKA_USERNAME" (printf "naru-%s" .name) -}}
{{- $_ := set $data "KAFKA_CA_FILE" "/etc/naru/kafka/ca.crt" -}}
{{- end -}}
{{- if and (has "mysql" .topology.needs) (not .topology.databases) -}}
{{- $_ := set $data "DATABASE_POOL_MAX" (toString $global.mysql.poolMax) -}}
{{- $_ := set $data "EVENT_ENCODING" $global.eventEncoding -}}
{{- end -}}
{{- if and (has "kafka" .topology.needs) $global.schemaRegistryUrl -}}
{{- $_ := set $data "SCHEMA_REGISTRY_URL" $global.schemaRegistryUrl -}}
{{- end -}}
{{- if and (has "smtp" .topology.needs) (not $global.smtp.secret) -}}
{{- $_ := set $data "SMTP_URL" $global.smtp.url -}}
{{- end -}}
{{- range .topology.calls -}}
{{- $variable := printf "%s_SERVICE_URL" (.service | replace "-" "_" | upper) -}}
{{- $_ := set $data $variable (printf "http://%s:%v" .service .port) -}}
{{- end -}}
{{- with $global.tracing.endpoint -}}
{{- $_ := set $data "OTEL_EXPORTER_OTLP_ENDPOINT" . -}}
{{- end -}}
{{- range $variable, $file := .root.Values.secretFiles -}}
{{- $_ := set $data $variable (printf "/etc/naru/files/%s" $file.key) -}}
{{- end -}}
{{- range $variable, $value := .root.Values.env -}}
{{- $_ := set $data $variable (toString $value) -}}
{{- end -}}
{{ toYaml $data }}
{{- end }}

{{/* The environment of one container: what differs by role and pod, and the secrets. */}}
{{- define "naru.env" -}}
{{- $global := .root.Values.global -}}
- name: ROLES
  value: {{ .role }}
- name: INSTANCE
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
{{- if .topology.databases }}
{{- range .topology.databases }}
{{ include "naru.secretEnv" (list (printf "%s_DATABASE_URL" (replace "-" "_" . | upper)) (printf "%s-database" .) "url") }}
{{- end }}
{{ include "naru.secretEnv" (list "OPERATOR_TOKEN" (printf "%s-operator" .name) "token") }}
{{- if (.root.Values.chaos).enabled }}
- name: CHAOS_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- end }}
{{- else if has "mysql" .topology.needs }}
{{ include "naru.secretEnv" (list "DATABASE_URL" (printf "%s-database" .name) "url") }}
{{ include "naru.secretEnv" (list "HMAC_SECRET" (printf "%s-hmac" .name) "secret") }}
{{- end }}
{{- if has "kafka" .topology.needs }}
{{ include "naru.secretEnv" (list "KAFKA_PASSWORD" (printf "naru-%s" .name) "password") }}
{{- end }}
{{- if has "redis" .topology.needs }}
{{ include "naru.secretEnv" (list "REDIS_URL" $global.redis.secret "url") }}
{{- end }}
{{- if and (has "smtp" .topology.needs) $global.smtp.secret }}
{{ include "naru.secretEnv" (list "SMTP_URL" $global.smtp.secret "url") }}
{{- end }}
{{- end }}

{{/* Takes a list: variable, Secret, key. */}}
{{- define "naru.secretEnv" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ index . 1 }}
      key: {{ index . 2 }}
{{- end }}

{{- define "naru.volumeMounts" -}}
{{- if has "kafka" .topology.needs }}
- name: kafka-ca
  mountPath: /etc/naru/kafka
  readOnly: true
{{- end }}
{{- if .root.Values.secretFiles }}
- name: files
  mountPath: /etc/naru/files
  readOnly: true
{{- end }}
{{- end }}

{{/* Mounted as directories, so that a renewed secret comes through; mode 0440, for the group that fsGroup gives. */}}
{{- define "naru.volumes" -}}
{{- if has "kafka" .topology.needs }}
- name: kafka-ca
  secret:
    secretName: {{ .root.Values.global.kafka.caSecret }}
    defaultMode: 288
    items:
      - key: ca.crt
        path: ca.crt
{{- end }}
{{- if .root.Values.secretFiles }}
- name: files
  projected:
    defaultMode: 288
    sources:
      {{- range .root.Values.secretFiles }}
      - secret:
          name: {{ .secret }}
          items:
            - key: {{ .key }}
              path: {{ .key }}
      {{- end }}
{{- end }}
{{- end }}
